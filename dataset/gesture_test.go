package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
)

// table is one of labels, with the given rows.
func table(rows ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(labelHeader + "\n" + strings.Join(rows, "\n") + "\n")}
}

// rows are n rows of consecutive gestures, of classes 1 to 11 and around again, 5 s each with gaps.
func rows(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%d,%d,%d", i%11+1, 8_000_000*i, 8_000_000*i+5_000_000))
	}
	return all
}

// gestureSet is a set of so many trials with 11 gestures each.
func gestureSet(train, test int) fstest.MapFS {
	files := fstest.MapFS{}
	n := 0
	for _, split := range []string{Train, Test} {
		var list strings.Builder
		for range map[string]int{Train: train, Test: test}[split] {
			name := fmt.Sprintf("user%02d_lab", n)
			n++
			files[name+".aedat"] = &fstest.MapFile{}
			files[name+"_labels.csv"] = table(rows(11)...)
			fmt.Fprintf(&list, "%s.aedat\n", name)
		}
		files[gestureLists[split]] = &fstest.MapFile{Data: []byte(list.String())}
	}
	return files
}

// The whole set has 98 and 24 trials with 12 rows each, as class 8 is done twice: 1,176 and 288.
func TestGestureCountsOfTheWholeSet(t *testing.T) {
	files := gestureSet(98, 24)
	for name := range files {
		if strings.HasSuffix(name, ".csv") {
			r := rows(11)
			files[name] = table(append(r[:8:8], append([]string{"8,62000000,63000000"},
				r[8:]...)...)...)
		}
	}
	for split, want := range map[string]int{Train: 1176, Test: 288} {
		s, err := Open(files, "", split, SplitOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Samples) != want || len(s.Notes) != 0 || len(s.Classes) != 11 {
			t.Errorf("%s: %d samples of %d classes, notes %v, want %d of 11, none", split,
				len(s.Samples), len(s.Classes), s.Notes, want)
		}
		byClass := make([]int, 11)
		for _, x := range s.Samples {
			byClass[x.Label]++
		}
		if byClass[7] != want/6 || byClass[0] != want/12 {
			t.Errorf("%s: by class %v", split, byClass)
		}
	}
}

func TestGestureRows(t *testing.T) {
	files := fstest.MapFS{
		"DvsGesture/trials_to_train.txt": {
			Data: []byte("user02_led.aedat\r\n\r\nuser01_lab.aedat\r\n")},
		"DvsGesture/trials_to_test.txt": {},
		"DvsGesture/user01_lab.aedat":   {},
		"DvsGesture/user01_lab_labels.csv": {
			Data: []byte("\ufeffclass,startTime_usec,endTime_usec\r\n2,80048239,85092709\r\n1, " +
				"90, 100\r\n")},
		"DvsGesture/user02_led.aedat":      {},
		"DvsGesture/user02_led_labels.csv": table("1,5,6", "1,7,8"),
		"DvsGesture/user03_led.aedat":      {},
		"DvsGesture/gesture_mapping.csv":   {},
	}
	s, err := Open(files, "", Train, SplitOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Sample{
		{"DvsGesture/user01_lab.aedat", "", 0, 90, 100},
		{"DvsGesture/user02_led.aedat", "", 0, 5, 6},
		{"DvsGesture/user02_led.aedat", "", 0, 7, 8},
		{"DvsGesture/user01_lab.aedat", "", 1, 80048239, 85092709},
	}
	if !slices.Equal(s.Samples, want) {
		t.Errorf("samples %v, want %v", s.Samples, want)
	}
	if s.Sensor != (events.Size{Width: 128, Height: 128}) || s.Classes[0] != "hand_clapping" {
		t.Errorf("sensor %v, classes %v", s.Sensor, s.Classes)
	}
	notes := []string{"recordings that are left out, as neither list of trials names them: 1",
		"split Train has 4 recordings, where the whole set has 1176"}
	if !slices.Equal(s.Notes, notes) {
		t.Errorf("notes %q, want %q", s.Notes, notes)
	}
}

func TestGestureFault(t *testing.T) {
	fault := []string{"9,96000000,110590564", "10,105000000,111000000"}
	for name, c := range map[string]struct {
		trial string
		rows  []string
		end   events.Micros
		notes []string
	}{
		"as published": {"user22_led", fault, 104000000, []string{
			"line 2: class 9 ends at 110590564 us, after the next gesture begins, which is a " +
				"known fault: its end is taken as 104000000 us",
		}},
		"put right by a mirror": {"user22_led", []string{"9,96000000,104000000", fault[1]},
			104000000, nil},
		"of another trial": {"user21_led", fault, 110590564, []string{
			"class 9 ends at 110590564 us, after class 10 begins at 105000000 us: both keep the " +
				"events in between",
		}},
	} {
		rows, notes, err := gestureRows(c.trial, table(c.rows...).Data)
		if err != nil {
			t.Fatal(err)
		}
		if rows[0].to != c.end || !slices.Equal(notes, c.notes) {
			t.Errorf("%s: class 9 ends at %d, notes %q, want %d, %q", name, rows[0].to, notes,
				c.end, c.notes)
		}
	}
	files := gestureSet(0, 1)
	files["trials_to_train.txt"] = &fstest.MapFile{Data: []byte("user22_led.aedat")}
	files["user22_led.aedat"], files["user22_led_labels.csv"] = &fstest.MapFile{}, table(fault...)
	s, err := Open(files, "", Train, SplitOptions{}, nil)
	if err != nil || len(s.Notes) != 2 || !strings.HasPrefix(s.Notes[0],
		"user22_led_labels.csv: line 2: class 9 ends") {
		t.Errorf("notes %q, %v", s.Notes, err)
	}
}

func TestGestureRefuses(t *testing.T) {
	for want, rows := range map[string]string{
		"line 3: class 12, want 1 to 11":                        "1,1,2\n12,3,4",
		"line 2: class 0, want 1 to 11":                         "0,3,4",
		"line 2: class 300, want 1 to 11":                       "300,3,4",
		`line 2: startTime_usec is "soon", want a whole number`: "1,soon,4",
		`line 2: endTime_usec is "9223372036854775808", want a ` +
			`whole number`: "1,1,9223372036854775808",
		`line 2: class is "1.5", want a whole number`:                              "1.5,1,2",
		"line 2: endTime_usec is 3, want a time after":                             "1,4,3",
		"line 2: endTime_usec is 4, want a time after":                             "1,4,4",
		"line 2: startTime_usec is -1, want 0 or more":                             "1,-1,4",
		"line 2: 2 fields, want 3: class,startTime_usec,endTime_usec":              "1,2",
		"line 2: bare \" in non-quoted-field":                                      `1,2"3,4`,
		"no rows, want class,startTime_usec,endTime_usec for each stretch of time": "",
	} {
		_, _, err := gestureRows("user01_lab", []byte(labelHeader+"\n"+rows))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", rows, err, want)
		}
	}
	if _, _, err := gestureRows("user01_lab", []byte("class\tstart\tend\n")); err == nil ||
		!strings.HasPrefix(err.Error(), `line 1: "class\tstart\tend", want class,startTime_usec,`) {

		t.Errorf("a header with tabs: error %v", err)
	}

	for want, change := range map[string]func(fstest.MapFS){
		"recording user00_lab.aedat is missing, want it as trials_to_train": func(f fstest.MapFS) {
			delete(f, "user00_lab.aedat")
		},
		"user00_lab_labels.csv is missing, want class,startTime_usec,endTime_usec for " +
			"each gesture": func(f fstest.MapFS) { delete(f, "user00_lab_labels.csv") },
		"no trials_to_test.txt, want the layout DVS128 Gesture:": func(f fstest.MapFS) {
			delete(f, "trials_to_test.txt")
		},
		"user00_lab_labels.csv, line 2: class 12, want 1 to 11": func(f fstest.MapFS) {
			f["user00_lab_labels.csv"] = table("12,1,2")
		},
		"trials_to_test.txt, line 1: trial user00_lab.aedat is also in " +
			"trials_to_train.txt, line 1": func(f fstest.MapFS) {
			f["trials_to_test.txt"] = f["trials_to_train.txt"]
		},
		`trials_to_train.txt, line 1: "../user.aedat", want the name of a recording that ends ` +
			`in .aedat`: func(f fstest.MapFS) {
			f["trials_to_train.txt"] = &fstest.MapFile{Data: []byte("../user.aedat")}
		},
		"split Train has no recordings, want at least one": func(f fstest.MapFS) {
			f["trials_to_train.txt"] = &fstest.MapFile{}
		},
	} {
		files := gestureSet(1, 0)
		change(files)
		if _, err := Open(files, "", Train, SplitOptions{}, nil); err == nil ||
			!strings.HasPrefix(err.Error(), want) {

			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func FuzzGestureRows(f *testing.F) {
	f.Add([]byte(labelHeader + "\n1,2,3\n"))
	f.Add([]byte("\ufeff" + labelHeader + "\r\n9,96000000,110590564\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, _, err := gestureRows(faultTrial, text)
		if (err == nil) != (len(rows) > 0) {
			t.Fatalf("%d rows and the error %v", len(rows), err)
		}
		for _, g := range rows {
			if g.class < 1 || g.class > 11 || g.from < 0 || g.to <= g.from {
				t.Fatalf("row %+v", g)
			}
		}
	})
}
