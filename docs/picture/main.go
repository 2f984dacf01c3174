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
	fmt.Println(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 262" ` +
		`font-family="sans-serif" font-size="13">`)
	fmt.Println(`<rect width="1000" height="262" fill="white"/>`)
	label(62, fmt.Sprintf("%d events in 0.3 s", len(all)), fmt.Sprintf("as %d frames", cfg.T))
	for t := range cfg.T {
		drawFrame(counts[t*cfg.Len()/cfg.T:][:cfg.Len()/cfg.T], cfg.Sensor, left+t*pitch, 28)
	}
	drawStages(net.T)
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

const (
	left  = 150 // where the frames begin, in units of the picture; labels stand before them
	pitch = 70  // width of a frame and of the gap behind it
)

// label writes lines beside what they are about.
func label(y float64, lines ...string) {
	for i, line := range lines {
		fmt.Printf(`<text x="8" y="%g" fill="#222">%s</text>`+"\n", y+16*float64(i), line)
	}
}

// drawStages draws a bar for each timestep of each stage, below what it sees, a line from each to
// what sees it next, and the class at the end.
func drawStages(stages []int) {
	wide := pitch * stages[0]
	bottom := 96.0 // of what the next stage sees
	sees := stages[0]
	for i, T := range stages {
		top := bottom + 38
		label(top+6, fmt.Sprintf("stage %d", i+1), fmt.Sprintf("%d timesteps", T))
		for t := range sees {
			drawLine(middle(wide, sees, t), bottom, middle(wide, T, t*T/sees), top)
		}
		for t := range T {
			fmt.Printf(`<rect x="%g" y="%g" width="36" height="20" rx="3" fill="#4a4a8a"/>`+"\n",
				middle(wide, T, t)-18, top)
		}
		bottom, sees = top+20, T
	}
	for t := range sees {
		drawLine(middle(wide, sees, t), bottom, middle(wide, 1, 0), bottom+28)
	}
	label(bottom+48, "class")
	fmt.Printf(`<text x="%g" y="%g" font-size="24" text-anchor="middle" fill="#222">5</text>`+"\n",
		middle(wide, 1, 0), bottom+50)
}

// middle is where the middle of timestep t of T lies, if all lie evenly below the frames.
func middle(wide, T, t int) float64 {
	return left - 1 + (float64(t)+0.5)*float64(wide)/float64(T)
}

func drawLine(x1, y1, x2, y2 float64) {
	fmt.Printf(`<line x1="%g" y1="%g" x2="%g" y2="%g" stroke="#aaa"/>`+"\n", x1, y1, x2, y2)
}
