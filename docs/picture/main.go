// Picture draws docs/ssnn.svg, the picture of the README: the frames of a real recording, and how
// the network shrinks their number.
//
//	go run ./docs/picture > docs/ssnn.svg
package main

import (
	"fmt"
	"os"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/snn"
)

func main() {
	if err := draw(); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw() error {
	net, err := snn.Model("vgg9", 0.25, []int{12, 4})
	if err != nil {
		return err
	}
	f, err := events.Open("testdata/recordings/nmnist-5-00001.bin", events.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		return err
	}
	cfg := frames.Config{T: net.T[0], Sensor: events.Size{Width: 34, Height: 34}}
	counts, err := cfg.Integrate(all)
	if err != nil {
		return err
	}
	fmt.Println(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 250" font-family="sans-serif" font-size="13">`)
	fmt.Println(`<rect width="860" height="250" fill="white"/>`)
	fmt.Printf(`<text x="10" y="20">%d events of an event camera in 0.3 s, as %d frames (red: `+
		`brighter, blue: darker)</text>`+"\n", len(all), cfg.T)
	for t := range cfg.T {
		drawFrame(counts[t*cfg.Len()/cfg.T:][:cfg.Len()/cfg.T], cfg.Sensor, 10+t*70, 30)
	}
	drawStages(net)
	fmt.Println(`</svg>`)
	return nil
}

// drawFrame draws one frame, two units a pixel.
func drawFrame(counts []uint16, s events.Size, left, top int) {
	fmt.Printf(`<rect x="%d" y="%d" width="68" height="68" fill="#f4f4f4"/>`+"\n", left, top)
	for i := range s.Width * s.Height {
		off, on := counts[2*i], counts[2*i+1]
		if off+on == 0 {
			continue
		}
		colour := "#1f5fbf"
		if on > off {
			colour = "#c8321e"
		}
		fmt.Printf(`<rect x="%d" y="%d" width="2" height="2" fill="%s"/>`+"\n", left+2*(i%s.Width),
			top+2*(i/s.Width), colour)
	}
}

// drawStages draws a bar for each timestep of each stage.
func drawStages(c snn.Config) {
	left := 10
	for i, T := range c.T {
		for t := range T {
			fmt.Printf(`<rect x="%d" y="135" width="12" height="50" fill="#4a4a8a"/>`+"\n",
				left+16*t)
		}
		fmt.Printf(`<text x="%d" y="128">stage %d: %d timesteps</text>`+"\n", left, i+1, T)
		left += max(16*T, 150) + 34
		arrow := "&#8594;"
		if i+1 == len(c.T) {
			arrow += " 5"
		}
		fmt.Printf(`<text x="%d" y="166" font-size="20" fill="#888">%s</text>`+"\n", left-30, arrow)
	}
	for i, line := range []string{
		"Between two stages a fold makes the timesteps of a window channels: three become one, " +
			"and each meets weights of its own.",
		"A later stage runs fewer timesteps, and still knows what came when.",
	} {
		fmt.Printf(`<text x="10" y="%d" fill="#444">%s</text>`+"\n", 216+18*i, line)
	}
}
