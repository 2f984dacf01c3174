package events

import "fmt"

// OutsideError is an event that lies outside of the sensor.
type OutsideError struct {
	Event  int  // number of the event, from 0
	X, Y   int  // pixels
	Sensor Size // the sensor that the event is outside of
}

func (e *OutsideError) Error() string {
	return fmt.Sprintf("event %d at x %d, y %d, want one inside the sensor of %v pixels", e.Event,
		e.X, e.Y, e.Sensor)
}
