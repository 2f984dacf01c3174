package kernel

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/internal/madepage"
)

// untested are kernels without a result to compare.
var untested = map[string]string{"fetch": "nothing: it only asks for memory ahead"}

// The page of kernels is made of this package's source, in which every kernel has a plain twin and
// a test that compares the two.
func TestKernelsPage(t *testing.T) {
	set := token.NewFileSet()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if files[path], err = parser.ParseFile(set, path, nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
	}
	s := ownSource{t: t, set: set, files: files}
	var b strings.Builder
	b.WriteString("# Kernels, their twins and tests\n\n" +
		"<!-- Made of internal/kernel: go test ./internal/kernel -run KernelsPage -update -->\n\n" +
		"A kernel is an inner loop of the network, written in assembly for each instruction\n" +
		"set. Its twin, the same loop in plain Go, defines the result. CPUs without these\n" +
		"instruction sets run the twin. Tests compare each variant with the twin, bit for bit\n" +
		"except for the matrix product ([rounding](../explanation/kernels.md#rounding)). The\n" +
		"pages on [how the kernels work](../explanation/kernels.md) and [how to add\n" +
		"one](../adding.md#a-kernel) say more.\n\n" +
		"| kernel | what it does | twin | AVX-512 | AVX2 | NEON | test |\n" +
		"|---|---|---|---|---|---|---|\n")
	twins := s.literal("generic")
	sets := []map[string]ast.Expr{s.literal("avx512"), s.literal("avx2"), s.literal("neon")}
	for _, kernel := range s.fields("variant") {
		twin := s.nameOf(twins[kernel])
		if twin == "" {
			t.Errorf("%s has no plain twin", kernel)
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s`, %s |", kernel, s.purpose(kernel), twin, s.fileOf(twin))
		for set, functions := range sets {
			has := ""
			switch {
			case functions["vnni"+strings.ToUpper(kernel[:1])+kernel[1:]+"16"] != nil && set == 0:
				has = "yes, VNNI"
			case functions[kernel] != nil || functions[kernel+"16"] != nil || kernel == "fetch":
				has = "yes"
			}
			fmt.Fprintf(&b, " %s |", has)
		}
		tests := strings.Join(s.tests(kernel), ", ")
		if tests == "" {
			tests = untested[kernel]
		}
		if tests == "" {
			t.Errorf("%s has no test that compares it with its twin", kernel)
		}
		fmt.Fprintf(&b, " %s |\n", tests)
	}
	madepage.Check(t, "../../docs/reference/kernels.md", b.String())
}

// ownSource is the source of this package.
type ownSource struct {
	t     *testing.T
	set   *token.FileSet
	files map[string]*ast.File
}

// fields are those of a struct that hold functions, in order.
func (s ownSource) fields(name string) (all []string) {
	s.each(func(n ast.Node) {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			if _, ok := f.Type.(*ast.FuncType); ok {
				all = append(all, f.Names[0].Name)
			}
		}
	})
	if len(all) == 0 {
		s.t.Fatalf("type %s has no functions", name)
	}
	return all
}

// literal is the value of a variable that is written as a struct, field by field.
func (s ownSource) literal(name string) map[string]ast.Expr {
	all := map[string]ast.Expr{}
	s.each(func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != name || len(spec.Values) != 1 {
			return
		}
		value, ok := spec.Values[0].(*ast.CompositeLit)
		if !ok {
			return
		}
		for _, e := range value.Elts {
			if e, ok := e.(*ast.KeyValueExpr); ok {
				all[e.Key.(*ast.Ident).Name] = e.Value
			}
		}
	})
	if len(all) == 0 {
		s.t.Fatalf("there is no variable %s", name)
	}
	return all
}

// each calls a function for all nodes, file by file.
func (s ownSource) each(visit func(ast.Node)) {
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		ast.Inspect(s.files[name], func(n ast.Node) bool {
			if n != nil {
				visit(n)
			}
			return true
		})
	}
}

// nameOf is the name of a function, of one with type arguments too.
func (s ownSource) nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return s.nameOf(e.X)
	}
	return ""
}

// fileOf is the file that declares a function.
func (s ownSource) fileOf(function string) (file string) {
	s.each(func(n ast.Node) {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == function {
			file = s.set.Position(f.Pos()).Filename
		}
	})
	return file
}

// callers are the functions of the package, tests aside, that call a kernel of the active variant.
func (s ownSource) callers(kernel string) (all []*ast.FuncDecl) {
	s.each(func(n ast.Node) {
		f, ok := n.(*ast.FuncDecl)
		if ok && !s.isTest(f) && selects(f, "active", kernel) {
			all = append(all, f)
		}
	})
	return all
}

func (s ownSource) isTest(n ast.Node) bool {
	return strings.HasSuffix(s.set.Position(n.Pos()).Filename, "_test.go")
}

// selects says that a function's body has x.name.
func selects(f *ast.FuncDecl, x, name string) (found bool) {
	if f.Body == nil {
		return false
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == name {
			if on, ok := sel.X.(*ast.Ident); ok && on.Name == x {
				found = true
			}
		}
		return !found
	})
	return found
}

// purpose is the first sentence of the comment of what calls a kernel.
func (s ownSource) purpose(kernel string) string {
	for _, f := range s.callers(kernel) {
		if text := new(doc.Package).Synopsis(f.Doc.Text()); text != "" {
			return strings.NewReplacer("|", `\|`, "*", `\*`).Replace(text)
		}
	}
	s.t.Errorf("what calls %s has no comment", kernel)
	return ""
}

// tests compare a kernel with its twin: they name it on a variant v.
func (s ownSource) tests(kernel string) (all []string) {
	s.each(func(n ast.Node) {
		f, ok := n.(*ast.FuncDecl)
		if !ok || !s.isTest(f) || !strings.HasPrefix(f.Name.Name, "Test") {
			return
		}
		if selects(f, "v", kernel) {
			all = append(all, f.Name.Name)
		}
	})
	return all
}
