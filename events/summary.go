package events

import "io"

// Summary describes a recording in a few numbers.
type Summary struct {
	Events, On  int    // number of all events, and of events with the polarity on
	First, Last Micros // time of the first and of the last event
	Edge        Size   // the smallest sensor that holds all events

	// Rate counts the events in each of 60 to 120 bins of Bin us, from First on. A recording of
	// fewer than 60 us has a bin for each us.
	Rate []int
	Bin  Micros
}

// mostBins is the largest number of bins of a rate.
const mostBins = 120

// Summarise reads a recording to its end. With an error, the summary is of the events before it.
func Summarise(r Reader) (Summary, error) {
	s := Summary{Bin: 1}
	buf := make([]Event, 1024)
	for {
		n, err := r.Read(buf)
		s.add(buf[:n])
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}

func (s *Summary) add(all []Event) {
	for _, e := range all {
		if s.Events == 0 {
			s.First = e.T
		}
		s.Events++
		if e.On {
			s.On++
		}
		s.Last = e.T
		s.Edge = Size{max(s.Edge.Width, int(e.X)+1), max(s.Edge.Height, int(e.Y)+1)}
		for uint64(e.T-s.First)/uint64(s.Bin) >= mostBins {
			s.halve()
		}
		bin := int(uint64(e.T-s.First) / uint64(s.Bin))
		for len(s.Rate) <= bin {
			s.Rate = append(s.Rate, 0)
		}
		s.Rate[bin]++
	}
}

// halve joins bins in pairs.
func (s *Summary) halve() {
	s.Bin *= 2
	n := (len(s.Rate) + 1) / 2
	for i := range n {
		sum := s.Rate[2*i]
		if 2*i+1 < len(s.Rate) {
			sum += s.Rate[2*i+1]
		}
		s.Rate[i] = sum
	}
	s.Rate = s.Rate[:n]
}
