package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"math"
	"strings"

	"ssnn/internal/kernel/asm/variants"
)

// gp is a general register. R18 is reserved for the system, R27 for the assembler, and the
// registers above R27 for Go.
type gp int

// scratch is a register for values that are used at once.
const scratch = gp(26)

// vec is a register of 16 bytes: V3 in instructions on its lanes, F3 in loads and stores.
type vec int

func (r gp) String() string { return fmt.Sprintf("R%d", int(r)) }

// of is the register as lanes of a size: B16 is 16 bytes, S4 four float32s or int32s.
func (v vec) of(size string) string { return fmt.Sprintf("V%d.%s", int(v), size) }

// f is the register in loads and stores.
func (v vec) f() string { return fmt.Sprintf("F%d", int(v)) }

// These are operands other than registers: memory at an offset from an address, memory at an index
// from an address, a shifted register, a parameter, the address of a table, the address of local
// memory, and two registers.
func at(base gp, bytes int) string  { return fmt.Sprintf("%d(%v)", bytes, base) }
func indexed(base, index gp) string { return fmt.Sprintf("(%v)(%v)", base, index) }
func shifted(r gp, left int) string { return fmt.Sprintf("%v<<%d", r, left) }
func parameter(name string) string {
	return fmt.Sprintf("%s+%d(FP)", name, current.parameters[name])
}
func table(name string) string { return fmt.Sprintf("$%s<>(SB)", name) }
func pair(a, b any) string     { return fmt.Sprintf("(%v, %v)", a, b) }
func local() string            { return fmt.Sprintf("$local-%d(SP)", current.frame) }

// function is a function that is being written; instructions are added to the one that text or
// begin began last.
type function struct {
	name, signature string
	parameters      map[string]int // offset of each; "ret" is the result
	arguments       int            // bytes of all parameters
	frame           int            // bytes of local memory, named "local"
	general, vecs   int            // number of registers that are in use
	body            strings.Builder
}

var (
	neon      = variants.Set{Name: "neon", GemmColumns: 16}
	functions []*function
	current   *function
)

// text begins a function, and adds it by its name to the table of functions.
func text(name, signature string) {
	neon.Add(name, signature)
	begin(name+neon.Suffix(), signature)
}

// begin begins a function of any name, without adding it to the table.
func begin(name, signature string) {
	current = &function{name: name, signature: strings.TrimPrefix(signature, "func"),
		parameters: map[string]int{}}
	functions = append(functions, current)
	parsed, err := parser.ParseExpr(signature)
	if err != nil {
		panic(err)
	}
	size := func(t ast.Expr) int {
		if name, ok := t.(*ast.Ident); ok {
			return map[string]int{"bool": 1, "float32": 4, "int": 8}[name.Name]
		}
		return 8 // bytes of a pointer
	}
	place := func(name string, size int) {
		offset := align(current.arguments, size)
		current.parameters[name], current.arguments = offset, offset+size
	}
	kind := parsed.(*ast.FuncType)
	for _, field := range kind.Params.List {
		for _, name := range field.Names {
			place(name.Name, size(field.Type))
		}
	}
	if kind.Results != nil {
		current.arguments = align(current.arguments, 8)
		place("ret", size(kind.Results.List[0].Type))
	}
}

func align(n, to int) int { return (n + to - 1) / to * to }

// general returns a general register that is not in use yet.
func general() gp {
	r := gp(current.general)
	current.general++
	if r == 18 {
		return general()
	}
	if r >= scratch {
		panic(current.name + ": no general register left")
	}
	return r
}

// some returns n vectors that are not in use yet.
func some(n int) []vec {
	v := make([]vec, n)
	for i := range v {
		v[i] = vec(current.vecs)
		current.vecs++
	}
	if current.vecs > 32 {
		panic(current.name + ": no vector left")
	}
	return v
}

func one() vec { return some(1)[0] }

// op adds an instruction. An int operand is an immediate. The destination comes last, as in all of
// Go's assembly.
func op(name string, operands ...any) {
	text := make([]string, len(operands))
	for i, o := range operands {
		if n, ok := o.(int); ok {
			text[i] = fmt.Sprintf("$%d", n)
			continue
		}
		text[i] = fmt.Sprint(o)
	}
	fmt.Fprintf(&current.body, "\t%s %s\n", name, strings.Join(text, ", "))
}

// lanes adds a vector instruction that Go's assembler knows; all operands have the same lanes.
func lanes(name, size string, operands ...vec) {
	text := make([]any, len(operands))
	for i, v := range operands {
		text[i] = v.of(size)
	}
	op(name, text...)
}

func label(name string) { fmt.Fprintf(&current.body, "%s:\n", name) }

// loop is label for the beginning of an inner loop. The loop begins a block of 32 bytes, which a
// CPU fetches at once.
func loop(name string) {
	op("PCALIGN", 32)
	label(name)
}

func ret() { current.body.WriteString("\tRET\n") }

// argument loads a parameter that is a pointer or an int.
func argument(name string) gp {
	r := general()
	op("MOVD", parameter(name), r)
	return r
}

// scalar loads a float32 parameter into all lanes of a vector.
func scalar(name string) vec {
	v := one()
	op("FMOVS", parameter(name), v.f())
	op("VDUP", v.of("S[0]"), v.of("S4"))
	return v
}

// constant returns a vector with the number x in all lanes.
func constant(x float32) vec {
	v := one()
	op("MOVD", int(math.Float32bits(x)), scratch)
	op("VDUP", scratch, v.of("S4"))
	return v
}

func zero(v ...vec) {
	for _, v := range v {
		lanes("VEOR", "B16", v, v, v)
	}
}

func move(from, to vec) { lanes("VORR", "B16", from, from, to) }

// load loads vectors from consecutive memory.
func load(from gp, bytes int, to ...vec) {
	for ; len(to) > 1; to, bytes = to[2:], bytes+32 {
		op("FLDPQ", at(from, bytes), pair(to[0].f(), to[1].f()))
	}
	if len(to) > 0 {
		op("FMOVQ", at(from, bytes), to[0].f())
	}
}

// store is the reverse of load.
func store(to gp, bytes int, from ...vec) {
	for ; len(from) > 1; from, bytes = from[2:], bytes+32 {
		op("FSTPQ", pair(from[0].f(), from[1].f()), at(to, bytes))
	}
	if len(from) > 0 {
		op("FMOVQ", from[0].f(), at(to, bytes))
	}
}
