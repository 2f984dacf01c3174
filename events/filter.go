package events

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ssnn/internal/names"
	"ssnn/internal/regular"
)

// Filter leaves out events of a recording while it is read. It is written as a name and values,
// "background:us=5000" or "region:x=10,y=20,width=64,height=64"; [Filters] lists the names. The
// zero Filter leaves out nothing.
type Filter struct {
	kind   *filterKind
	values map[string]int64 // by key, for all keys of the kind
	pixels []Pixel          // the hot pixels, of a filter "hot" that lists them
}

// Pixel is a pixel of a sensor, counted from the upper left.
type Pixel struct{ X, Y uint16 }

// String writes the pixel as "12x30", x first.
func (p Pixel) String() string { return fmt.Sprintf("%dx%d", p.X, p.Y) }

// filterKind is a filter as a name stands for it, without values.
type filterKind struct {
	name, about string
	keys        []filterKey
	open        func(f Filter, r Reader) Reader
}

// filterKey is a value that a filter takes: a whole number, or one of words.
type filterKey struct {
	name               string
	usual, least, most int64
	words              []string // the words that the numbers from 0 on stand for, or nil
}

const (
	mostWarm   = 1e9     // largest time that a filter looks back, in us
	mostPixel  = 1 << 16 // number of columns or rows that pixels can have
	mostListed = 1 << 16 // largest number of hot pixels in a list
)

// filterKinds are the filters, in the order in which one would use them.
var filterKinds []*filterKind

func init() { // the functions refer to filterKinds, so a declaration would be a cycle
	filterKinds = []*filterKind{
		{"hot", "pixels that fire all the time: those with more than deviations times the " +
			"standard deviation above the mean in the first us of the recording, or " +
			"pixels=12x30+4x5, or list=FILE",
			[]filterKey{{name: "us", usual: 1e6, least: 1, most: mostWarm},
				{name: "deviations", usual: 5, least: 1, most: 1000}}, openHot},
		{"background", "events without another at one of the 8 pixels around within us before",
			[]filterKey{{name: "us", usual: 5000, least: 1, most: mostWarm}}, openBackground},
		{"refractory", "events within us after another at the same pixel",
			[]filterKey{{name: "us", usual: 1000, least: 1, most: mostWarm}}, openRefractory},
		{"polarity", "events but those of keep=on or off",
			[]filterKey{{name: "keep", usual: 1, words: []string{"off", "on"}}}, openPolarity},
		{"region", "events outside of width times height pixels from x, y on",
			[]filterKey{{name: "x", most: mostPixel - 1}, {name: "y", most: mostPixel - 1},
				{name: "width", usual: mostPixel, least: 1, most: mostPixel},
				{name: "height", usual: mostPixel, least: 1, most: mostPixel}}, openRegion},
		{"decimate", "all but each n-th event of a pixel",
			[]filterKey{{name: "n", usual: 2, least: 1, most: 1 << 30}}, openDecimate},
	}
}

// Filters lists the filters, a line each: the name, the keys with their default values, and the
// events that the filter leaves out.
func Filters() []string {
	var all []string
	for _, k := range filterKinds {
		var keys []string
		for _, key := range k.keys {
			keys = append(keys, key.name+"="+key.text(key.usual))
		}
		all = append(all, fmt.Sprintf("%s:%s leaves out %s", k.name, strings.Join(keys, ","),
			k.about))
	}
	return all
}

func (k filterKey) text(v int64) string {
	if k.words != nil {
		return k.words[v]
	}
	return strconv.FormatInt(v, 10)
}

// parse reads a value of the key.
func (k filterKey) parse(text string) (int64, error) {
	if k.words != nil {
		if i := slices.Index(k.words, text); i >= 0 {
			return int64(i), nil
		}
		return 0, fmt.Errorf("%s=%s, want %s", k.name, text, names.List(k.words))
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if k.name == "us" {
		var t Micros
		t, err = ParseTime(text)
		v = int64(t)
	}
	if err != nil || v < k.least || v > k.most {
		like := ""
		if k.name == "us" {
			like = ", or a time like 5ms"
		}
		return 0, fmt.Errorf("%s=%s, want a whole number of %d to %d%s", k.name, text, k.least,
			k.most, like)
	}
	return v, nil
}

// UnmarshalText reads "NAME" or "NAME:KEY=VALUE,...". The value "list" of a filter "hot" names a
// file of hot pixels, which is read at once, so that the Filter holds the pixels.
func (f *Filter) UnmarshalText(b []byte) error {
	name, rest, has := strings.Cut(string(b), ":")
	at := slices.IndexFunc(filterKinds, func(k *filterKind) bool { return k.name == name })
	if at < 0 {
		var all []string
		for _, k := range filterKinds {
			all = append(all, k.name)
		}
		return fmt.Errorf("filter %q, want %s", name, names.List(all))
	}
	v := Filter{kind: filterKinds[at], values: map[string]int64{}}
	for _, key := range v.kind.keys {
		v.values[key.name] = key.usual
	}
	for _, part := range strings.Split(rest, ",") {
		if !has {
			break
		}
		if err := v.set(part); err != nil {
			return fmt.Errorf("filter %q: %w", b, err)
		}
	}
	*f = v
	return nil
}

// set sets the value of "KEY=VALUE".
func (f *Filter) set(part string) (err error) {
	name, text, ok := strings.Cut(part, "=")
	if f.kind.name == "hot" && ok && name == "pixels" {
		f.pixels, err = parsePixels(strings.Split(text, "+"))
		return err
	}
	if f.kind.name == "hot" && ok && name == "list" {
		f.pixels, err = readPixels(text)
		return err
	}
	at := slices.IndexFunc(f.kind.keys, func(k filterKey) bool { return k.name == name })
	if !ok || at < 0 {
		var all []string
		for _, k := range f.kind.keys {
			all = append(all, k.name)
		}
		if f.kind.name == "hot" {
			all = append(all, "pixels", "list")
		}
		return fmt.Errorf("%q, want a value of %s, like %s=%s", part, names.List(all),
			f.kind.keys[0].name, f.kind.keys[0].text(f.kind.keys[0].usual))
	}
	f.values[name], err = f.kind.keys[at].parse(text)
	return err
}

// parsePixels reads pixels like "12x30".
func parsePixels(texts []string) (all []Pixel, err error) {
	for _, text := range texts {
		var p Pixel
		if _, err := fmt.Sscanf(text+";", "%dx%d;", &p.X, &p.Y); err != nil {
			return nil, fmt.Errorf("pixel %.20q, want x and y, like 12x30", text)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Pixel) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	all = slices.Compact(all)
	if len(all) > mostListed {
		return nil, fmt.Errorf("%d pixels, want at most %d", len(all), mostListed)
	}
	return all, nil
}

// readPixels reads a file of lines with x and y. Lines that begin with # are comments.
func readPixels(path string) ([]Pixel, error) {
	b, err := regular.ReadFile(path, 16*mostListed)
	if err != nil {
		return nil, regular.Want(err, "a list of pixels, with x and y in each line")
	}
	var all []string
	for s := bufio.NewScanner(strings.NewReader(string(b))); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		all = append(all, strings.Join(strings.FieldsFunc(line, func(c rune) bool {
			return c == ',' || c == ' ' || c == '\t' || c == ';' || c == 'x'
		}), "x"))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no pixels, want lines of x and y", path)
	}
	return parsePixels(all)
}

// MarshalText writes what UnmarshalText reads, with all values.
func (f Filter) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String writes the filter with all of its values.
func (f Filter) String() string {
	if f.kind == nil {
		return ""
	}
	var parts []string
	for _, k := range f.kind.keys {
		parts = append(parts, k.name+"="+k.text(f.values[k.name]))
	}
	if f.pixels != nil {
		var texts []string
		for _, p := range f.pixels {
			texts = append(texts, p.String())
		}
		parts = []string{"pixels=" + strings.Join(texts, "+")}
	}
	return f.kind.name + ":" + strings.Join(parts, ",")
}

// Equal says whether two filters leave out the same events.
func (f Filter) Equal(g Filter) bool {
	return f.kind == g.kind && maps.Equal(f.values, g.values) && slices.Equal(f.pixels, g.pixels)
}

// filtering returns a reader of r's events through the filters of the options.
func (o Options) filtering(r Reader) Reader {
	for _, f := range o.Filter {
		r = f.Of(r)
	}
	return r
}

// Of returns a reader of those events of r that the filter does not leave out.
func (f Filter) Of(r Reader) Reader {
	if f.kind == nil {
		return r
	}
	return f.kind.open(f, r)
}

// FilterCount counts the events of a filter so far.
type FilterCount struct {
	Filter    string  `json:"filter"`               // the text that Filter.String writes
	In        int64   `json:"events"`               // events that the filter was given
	Left      int64   `json:"left"`                 // events that it passed on
	HotPixels []Pixel `json:"hot_pixels,omitempty"` // hot pixels that it found or was given
}

// MarshalText writes the same text as String.
func (p Pixel) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// FilterCounts returns the counts of a reader's filters, in the order in which they filter.
func FilterCounts(r Reader) (all []FilterCount) {
	for {
		switch f := r.(type) {
		case *filtered:
			all = append(all, f.count)
		case *hotFound:
			all = append(all, f.count)
		}
		outer, ok := r.(interface{ inside() Reader })
		if !ok {
			slices.Reverse(all)
			return all
		}
		r = outer.inside()
	}
}

// filtered reads the events that pass a filter.
type filtered struct {
	Reader
	pass  func(e Event) bool
	err   func() error // returns an error of the filter; nil where the filter cannot fail
	warm  Micros       // us before an event that pass depends on; below 0: since the beginning
	count FilterCount
}

func (f *filtered) inside() Reader { return f.Reader }

func newFiltered(f Filter, r Reader, warm Micros, pass func(e Event) bool) *filtered {
	count := FilterCount{Filter: f.String(), HotPixels: f.pixels}
	return &filtered{Reader: r, pass: pass, warm: warm, count: count}
}

func (f *filtered) Read(buf []Event) (n int, err error) {
	for n == 0 && err == nil && len(buf) > 0 {
		var all int
		all, err = f.Reader.Read(buf)
		for _, e := range buf[:all] {
			buf[n] = e
			if f.pass(e) {
				n++
			}
		}
		f.count.In += int64(all)
		f.count.Left += int64(n)
		if f.err != nil && f.err() != nil {
			err = f.err()
		}
	}
	return n, err
}

// under returns the filter over a part of its recording: the window w, and the time before w that
// the filter depends on.
func (f *filtered) under(w Window) (Reader, error) {
	if f.warm < 0 {
		w.From = nil
	} else if w.From != nil {
		from := *w.From - f.warm
		w.From = &from
	}
	var err error
	f.Reader, err = w.Of(f.Reader)
	return f, err
}
