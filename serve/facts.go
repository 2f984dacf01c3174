package serve

import "net/http"

// Facts describe the network to clients.
type Facts struct {
	Classes []string `json:"classes"` // names, in the order of the network's outputs
	// Frames is the shape [T][C][H][W] of frames; of two channels, off comes before on.
	Frames    []int64 `json:"frames"`
	Sensor    string  `json:"sensor"`    // WIDTHxHEIGHT in pixels: events outside are refused
	Timesteps []int   `json:"timesteps"` // timesteps of each stage
	Exits     bool    `json:"exits"`     // whether it may answer before its end
	Limits    Limits  `json:"limits"`    // limits of requests
}

// Limits are the limits that a request must keep to.
type Limits struct {
	Body    int64   `json:"body_bytes"` // largest body of a request, in bytes
	Events  int     `json:"events"`     // most events of a recording
	Waiting int     `json:"waiting"`    // most requests that wait
	Receive float64 `json:"receive_s"`  // time in s in which the body must come
	Answer  float64 `json:"answer_s"`   // time in s from then to the answer
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
