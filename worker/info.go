package worker

import "ssnn/events"

// info replies with what is in a recording, as ssnn events --json says it.
func (w *Worker) info(c *call) (reply, error) {
	var a struct {
		do
		recording
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	o, err := a.open(c.array)
	if err != nil {
		return nil, err
	}
	defer o.close()
	s, err := events.Summarise(o)
	if err != nil {
		return nil, a.named(err)
	}
	sensor, from := o.Sensor(), "file"
	switch {
	case sensor != (events.Size{}):
	case a.Sensor != (events.Size{}):
		sensor, from = a.Sensor, "argument"
	default:
		sensor, from = s.Edge, "events"
	}
	w.note(o)
	filters := events.FilterCounts(o.Reader)
	if filters == nil {
		filters = []events.FilterCount{}
	}
	return reply{
		"filters": filters,
		"format":  o.Format(), "width": sensor.Width, "height": sensor.Height, "size_from": from,
		"events": s.Events, "first_us": s.First, "last_us": s.Last, "on": s.On,
		"off": s.Events - s.On,
	}, nil
}
