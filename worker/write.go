package worker

import (
	"io"

	"ssnn/events"
	"ssnn/internal/atomicfile"
)

// write writes the events of the call's array to a file, whole or not at all.
func (w *Worker) write(c *call) (reply, error) {
	var a struct {
		do
		Out    string      `json:"out"`
		To     string      `json:"to"`
		Sensor events.Size `json:"sensor,omitzero"`
		Zero   bool        `json:"zero,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	all := as[events.Event](c.array)
	if a.Sensor == (events.Size{}) {
		for _, e := range all {
			a.Sensor = events.Size{Width: max(a.Sensor.Width, int(e.X)+1),
				Height: max(a.Sensor.Height, int(e.Y)+1)}
		}
		a.Sensor = events.Size{Width: max(a.Sensor.Width, 1), Height: max(a.Sensor.Height, 1)}
	}
	if a.Zero && len(all) > 0 {
		for i, first := 0, all[0].T; i < len(all); i++ {
			all[i].T -= first
		}
	}
	return reply{"events": len(all)}, atomicfile.Write(a.Out, func(to io.Writer) error {
		out, err := events.NewWriter(to, a.To, a.Sensor)
		if err != nil {
			return err
		}
		if err := out.Write(all); err != nil {
			return err
		}
		return out.Close()
	})
}
