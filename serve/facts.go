package serve

import "net/http"

// Facts are what a client should know of the network.
type Facts struct {
	Classes []string `json:"classes"` // names, in the order of the network's outputs
	// The shape [T][C][H][W] of frames; channels are off before on.
	Frames    []int64 `json:"frames"`
	Sensor    string  `json:"sensor"`    // WIDTHxHEIGHT in pixels: events outside are refused
	Timesteps []int   `json:"timesteps"` // of each stage
	Exits     bool    `json:"exits"`     // whether it may answer before its end
	Limits    Limits  `json:"limits"`    // that requests must keep to
}

// Limits are what a request must keep to.
type Limits struct {
	Body    int64   `json:"body_bytes"` // largest body of a request, in bytes
	Events  int     `json:"events"`     // most events of a recording
	Waiting int     `json:"waiting"`    // requests
	Receive float64 `json:"receive_s"`  // until the body must have come
	Answer  float64 `json:"answer_s"`   // from then on
}

// facts answers GET /v1/model.
func (s *Server) facts(http.ResponseWriter, *http.Request) (any, error) {
	c := s.config
	return Facts{
		Classes: s.model.Classes, Frames: shapeOf(s.model), Sensor: s.model.Frames.Sensor.String(),
		Timesteps: s.model.Config().T, Exits: s.model.HasExits(),
		Limits: Limits{Body: c.Body, Events: c.Events, Waiting: c.Waiting,
			Receive: c.Receive.Seconds(), Answer: c.Answer.Seconds()},
	}, nil
}
