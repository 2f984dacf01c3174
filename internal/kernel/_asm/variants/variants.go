// Package variants writes the tables of the package kernel: the type assembly, which has a field
// for each kernel, and a value of this type for each instruction set. A function that a generator
// makes becomes the field of its own name, so a new kernel needs no change here. The functions of a
// kernel in several forms are gathered by the list of forms. The files variant_*.go of the package
// kernel say which CPU can run which instruction set.
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
	Name        string            // its name in SSNN_CPU, such as avx2
	GemmColumns int               // number of columns of the tiles of the matrix product
	Signatures  map[string]string // by the functions' names without the suffix, such as gemm1x16
}

// Suffix is the end of the names of the set's functions.
func (s *Set) Suffix() string { return strings.ToUpper(s.Name) }

// Add adds a function. It panics if the name is taken.
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
	names string     // format of the functions' names; its arguments are a label of each axis
	axes  [][]string // labels along each of the array's dimensions
	of    string     // name of the functions' type, or ""
}

var (
	widths   = []string{"16", "32", "64"} // output channels
	widths8  = append([]string{"8"}, widths...)
	resets   = []string{"Hard", "Soft"}
	attached = []string{"", "Attached"} // the reset: not part of the gradient, or part of it
	slopes   = []string{"Rectangle", "Triangle", "Arctan"}
	decays   = []string{"", "W"} // coupled, decoupled
)

// forms are the kernels in several forms. The package kernel indexes their arrays.
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

// formsOf returns the forms and the tiles of a set: those of the matrix product, by the number of
// rows from 1 on, and those of the convolutions of bytes, by the number of pixels from 1 on.
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

// tiles returns the form of a field of tiles: of sizes 1, 2 and so on, as many as the set has
// functions for.
func (s *Set) tiles(field, names, of string) form {
	var sizes []string
	for i := 1; s.Signatures[fmt.Sprintf(names, fmt.Sprint(i))] != ""; i++ {
		sizes = append(sizes, fmt.Sprint(i))
	}
	return form{field, names, [][]string{sizes}, of}
}

// field is a field of the type assembly: its type, and its value for a set.
type field struct{ kind, value string }

// fields returns the fields of a set. It is an error if functions of a form are missing.
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
		if strings.HasSuffix(f.of, "Tile") { // its length depends on the registers of the set
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

// value returns the literal of a form's array, without its type. labels are the labels of the outer
// dimensions so far. value calls use with the name of each function.
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

// Source returns the Go source of the tables of an architecture's sets. It is an error if the sets
// do not have the same kernels.
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
