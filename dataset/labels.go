package dataset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ssnn/events"
)

// labelHeader is the first line of the tables of labels of DVS128 Gesture, which are
// comma-separated.
const labelHeader = "class,startTime_usec,endTime_usec"

// Span is a row of a table of labels: the events with From <= t < To, on the recording's own
// clock, are of the class.
type Span struct {
	Line     int           // line of the table, from 1
	Class    string        // name of the class
	From, To events.Micros // us; the event at To is outside
}

// Labels reads a table of labels as those of DVS128 Gesture (Amir and others 2017): the line
// "class,startTime_usec,endTime_usec" and a line for each stretch of time, in any order. A class
// may be a number or a name. A table without rows, and a row that begins before 0 us or does not
// end after its beginning, are errors. An error begins with the number of its line.
func Labels(text []byte) ([]Span, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	table := csv.NewReader(bytes.NewReader(text))
	table.FieldsPerRecord, table.TrimLeadingSpace = -1, true
	var rows []Span
	for first := true; ; first = false {
		fields, err := table.Read()
		if err == io.EOF {
			break
		}
		if fault, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, fmt.Errorf("line %d: %w", fault.Line, fault.Err)
		}
		if err != nil {
			return nil, err
		}
		line, _ := table.FieldPos(0)
		if first {
			got := strings.Join(fields, ",")
			if !strings.EqualFold(strings.ReplaceAll(got, " ", ""), labelHeader) {
				return nil, fmt.Errorf("line %d: %.60q, want %s", line, got, labelHeader)
			}
			continue
		}
		row, err := span(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		row.Line = line
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no rows, want %s for each stretch of time", labelHeader)
	}
	return rows, nil
}

// span reads one row.
func span(fields []string) (Span, error) {
	if len(fields) != 3 {
		return Span{}, fmt.Errorf("%d fields, want 3: %s", len(fields), labelHeader)
	}
	l := Span{Class: strings.TrimSpace(fields[0])}
	for i, t := range []*events.Micros{&l.From, &l.To} {
		n, err := strconv.ParseInt(strings.TrimSpace(fields[i+1]), 10, 64)
		if err != nil {
			return Span{}, fmt.Errorf("%s is %.40q, want a whole number of us",
				strings.Split(labelHeader, ",")[i+1], fields[i+1])
		}
		*t = events.Micros(n)
	}
	switch {
	case l.Class == "":
		return Span{}, errors.New("class is empty, want a number or a name")
	case l.From < 0:
		return Span{}, fmt.Errorf("startTime_usec is %d, want 0 or more", l.From)
	case l.To <= l.From:
		return Span{}, fmt.Errorf("endTime_usec is %d, want a time after startTime_usec, %d", l.To,
			l.From)
	}
	return l, nil
}
