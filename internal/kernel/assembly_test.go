package kernel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// Every instruction set has every kernel, those of other machines too: one that was left out would
// be nil, and found where it is called, there alone.
func TestAssemblyIsWhole(t *testing.T) {
	for file, want := range map[string]int{"zvariant_amd64.go": 2, "zvariant_arm64.go": 1} {
		fields := kernels(t, file)
		sets := 0
		ast.Inspect(parse(t, file), func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := c.Type.(*ast.Ident); !ok || name.Name != "assembly" {
				return true
			}
			sets++
			has := map[string]bool{}
			for _, e := range c.Elts {
				has[e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name] = true
			}
			for _, f := range fields {
				if !has[f] {
					t.Errorf("%s, instruction set %d: no %s", file, sets, f)
				}
			}
			return false
		})
		if sets != want {
			t.Errorf("%s: %d instruction sets, want %d", file, sets, want)
		}
		other := slices.DeleteFunc(kernels(t, "zvariant_amd64.go"), onlyAMD64)
		if own := slices.DeleteFunc(fields, onlyAMD64); !slices.Equal(own, other) {
			t.Errorf("%s has the kernels %v, amd64 has %v", file, own, other)
		}
	}
}

// onlyAMD64 says that a kernel is one of those for Dots, see assembly_arm64.go.
func onlyAMD64(name string) bool {
	return strings.HasSuffix(name, "Bytes") && name != "splitBytes" ||
		strings.Contains(strings.ToLower(name), "dots")
}

// kernels are the fields of the type assembly.
func kernels(t *testing.T, file string) (fields []string) {
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name == "assembly" {
			for _, f := range s.Type.(*ast.StructType).Fields.List {
				for _, name := range f.Names {
					fields = append(fields, name.Name)
				}
			}
		}
		return true
	})
	if len(fields) == 0 {
		t.Fatalf("no kernels in %s", file)
	}
	return fields
}

func parse(t *testing.T, file string) *ast.File {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
