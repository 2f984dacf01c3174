// Package variants writes the tables of the package kernel: the type assembly, which has a field
// for each kernel, and a value of it for each instruction set. A function that a generator makes is
// the field of its own name, so a new kernel needs nothing here; the functions of a kernel in
// several forms are put together by the list of forms. Which CPU can run which instruction set is
// said in variant_*.go of the package kernel.
package variants

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"os"
	"slices"
	"strings"
)

// Set is an instruction set, and the functions that a generator makes for it.
type Set struct {
	Name        string            // what SSNN_CPU calls it: avx2
	GemmColumns int               // of the tiles of the matrix product
	Signatures  map[string]string // by the functions' names without the suffix, as in gemm1x16
}

// Suffix is the end of the names of a set's functions.
func (s *Set) Suffix() string { return strings.ToUpper(s.Name) }

// Add adds a function, whose name may not be taken.
func (s *Set) Add(name, signature string) {
	if s.Signatures == nil {
		s.Signatures = map[string]string{}
	}
	if _, taken := s.Signatures[name]; taken {
		panic(name + s.Suffix() + " is made twice")
	}
	s.Signatures[name] = signature
}

// form is a kernel in several forms: a field that is an array of functions.
type form struct {
	field string
	names string     // format of the functions' names, of the labels in the order of the axes
	axes  [][]string // labels along each of the array's dimensions
	of    string     // name of the functions' type, or nothing
}

var (
	widths   = []string{"16", "32", "64"} // output channels
	widths8  = append([]string{"8"}, widths...)
	resets   = []string{"Hard", "Soft"}
	attached = []string{"", "Attached"} // the reset: not part of the gradient, or part of it
	slopes   = []string{"Rectangle", "Triangle", "Arctan"}
	decays   = []string{"", "W"} // coupled, decoupled
)

// forms are the kernels in several forms. Their arrays are indexed by the package kernel.
var forms = []form{
	{"spikeConv", "spikeConv%s", [][]string{widths}, "windowFunc[float32, float32]"},
	{"spikeConv8", "spikeConv8x%s", [][]string{widths}, "windowFunc[int16, int8]"},
	{"spikeConv16", "spikeConv16x%s", [][]string{widths}, "windowFunc[int16, int16]"},
	{"realConv", "realConv%s", [][]string{widths}, "valueFunc[float32, float32, float32]"},
	{"countConv8", "countConv8x%s", [][]string{widths}, "valueFunc[int16, int8, int16]"},
	{"countConv16", "countConv16x%s", [][]string{widths}, "valueFunc[int16, int16, int16]"},
	{"scatterSpikes", "scatterSpikes%s", [][]string{widths8}, "scatterFunc[float32, float32]"},
	{"scatterSpikes8", "scatterSpikes8x%s", [][]string{widths}, "scatterFunc[int16, int8]"},
	{"scatterSpikes16", "scatterSpikes16x%s", [][]string{widths}, "scatterFunc[int16, int16]"},
	{"scatterReals", "scatterReals%s", [][]string{widths8},
		"scatterValueFunc[float32, float32, float32]"},
	{"scatterCounts8", "scatterCounts8x%s", [][]string{widths},
		"scatterValueFunc[int16, int8, int16]"},
	{"scatterCounts16", "scatterCounts16x%s", [][]string{widths},
		"scatterValueFunc[int16, int16, int16]"},
	{"tableConv", "tableConv%s", [][]string{widths}, ""},
	{"sumRows", "sumRows%s", [][]string{widths}, ""},
	{"sumScaledRows", "sumScaledRows%s", [][]string{widths}, ""},
	{"lifForward", "lifForward%s", [][]string{resets}, ""},
	{"lifBackward", "lifBackward%[3]s%[2]s%[1]s", [][]string{attached, resets, slopes}, ""},
	{"leakGradient", "leakGradient%s", [][]string{resets}, ""},
	{"adam", "adam%s", [][]string{decays}, ""},
}

// formsOf are the forms and, for a set, its tiles: of matrix products of one row and more, and of
// convolutions of bytes of one pixel and more, as many as it has.
func formsOf(s Set) []form {
	all := slices.Clone(forms)
	for field, columns := range map[string]int{"gemm": s.GemmColumns, "gemm16": 16} {
		all = append(all, s.tiles(field, fmt.Sprintf("gemm%%sx%d", columns), "gemmTile"))
	}
	if s.Signatures["spikeBytes"] == "" {
		return all // its architecture has no convolutions of bytes
	}
	for _, kind := range []string{"dots", "vnniDots"} {
		for _, width := range widths {
			all = append(all, s.tiles(kind+width, kind+"%sx"+width, "dotsTile"))
		}
	}
	return all
}

// tiles are a field's: of the size 1, 2 and so on, as many as the set has functions for.
func (s *Set) tiles(field, names, of string) form {
	var sizes []string
	for i := 1; s.Signatures[fmt.Sprintf(names, fmt.Sprint(i))] != ""; i++ {
		sizes = append(sizes, fmt.Sprint(i))
	}
	return form{field, names, [][]string{sizes}, of}
}

// field is one of the type assembly, with its value in a set.
type field struct{ kind, value string }

// fields are those of a set. The error is that of a form whose functions are not all there.
func fields(s Set) (map[string]field, error) {
	all := map[string]field{"name": {"string", fmt.Sprintf("%q", s.Name)},
		"gemmColumns": {"int", fmt.Sprint(s.GemmColumns)}}
	single := maps.Clone(s.Signatures)
	for _, f := range formsOf(s) {
		kind, dimensions := f.of, ""
		value, err := f.value(nil, func(name string) error {
			if s.Signatures[name] == "" {
				return fmt.Errorf("%s: there is no %s%s", f.field, name, s.Suffix())
			}
			if kind == "" {
				kind = s.Signatures[name]
			}
			delete(single, name)
			return nil
		}, s.Suffix())
		if err != nil {
			return nil, err
		}
		for _, axis := range f.axes {
			if len(axis) == 0 && f.of != "dotsTile" {
				return nil, fmt.Errorf("%s: %s has no function of it", f.field, s.Name)
			}
			dimensions += fmt.Sprintf("[%d]", len(axis))
		}
		if strings.HasSuffix(f.of, "Tile") { // as many as an instruction set has registers for
			dimensions = "[]"
		}
		all[f.field] = field{dimensions + kind, dimensions + kind + value}
	}
	for name, signature := range single {
		if _, taken := all[name]; taken {
			return nil, fmt.Errorf("%s: a function and a form have the same name", name)
		}
		for _, f := range formsOf(s) {
			rest := strings.TrimPrefix(name, f.field)
			if len(rest) < len(name) && rest[0] >= '0' && rest[0] <= '9' {
				return nil, fmt.Errorf("%s: it is no form of %s", name+s.Suffix(), f.field)
			}
		}
		all[name] = field{signature, name + s.Suffix()}
	}
	return all, nil
}

// value is the literal of a form's array behind its type, the labels so far being those of the
// outer dimensions. It tells use of each function.
func (f form) value(labels []any, use func(name string) error, suffix string) (string, error) {
	if len(labels) == len(f.axes) {
		name := fmt.Sprintf(f.names, labels...)
		return name + suffix, use(name)
	}
	var parts []string
	for _, label := range f.axes[len(labels)] {
		part, err := f.value(append(slices.Clone(labels), label), use, suffix)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

// Source is the Go source of the tables of an architecture's sets, which have the same kernels or
// it is an error.
func Source(sets ...Set) ([]byte, error) {
	var to bytes.Buffer
	to.WriteString("// Code generated by _asm. DO NOT EDIT.\n\npackage kernel\n\n")
	to.WriteString("// assembly holds one instruction set's functions: a field for each kernel.\n" +
		"type assembly struct {\n")
	first, err := fields(sets[0])
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(first))
	for _, name := range names {
		fmt.Fprintf(&to, "%s %s\n", name, first[name].kind)
	}
	to.WriteString("}\n")
	for _, s := range sets {
		all, err := fields(s)
		if err != nil {
			return nil, err
		}
		for name := range all {
			if _, has := first[name]; !has {
				return nil, fmt.Errorf("%s: %s has it, %s has not", name, s.Name, sets[0].Name)
			}
		}
		fmt.Fprintf(&to, "\nvar %s = assembly{\n", s.Name)
		for _, name := range names {
			if _, has := all[name]; !has {
				return nil, fmt.Errorf("%s: %s has it, %s has not", name, sets[0].Name, s.Name)
			}
			fmt.Fprintf(&to, "%s: %s,\n", name, all[name].value)
		}
		to.WriteString("}\n")
	}
	return format.Source(to.Bytes())
}

// Write writes the tables of an architecture to a file.
func Write(file string, sets ...Set) error {
	text, err := Source(sets...)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o666)
}
