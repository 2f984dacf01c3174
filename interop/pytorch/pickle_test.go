package pytorch

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// entry is one of an archive that archive makes.
type entry struct{ name, data string }

// archive is the file of stored entries.
func archive(t testing.TB, entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// open is Open of a file in memory.
func open(t testing.TB, data []byte) (*File, error) {
	path := filepath.Join(t.TempDir(), "x.pth")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err == nil {
		t.Cleanup(func() { f.Close() })
	}
	return f, err
}

// A file that asks for a program is refused by its name, whichever way it asks.
func TestHostile(t *testing.T) {
	for name, program := range map[string]string{
		"posix.system":       "\x80\x02cposix\nsystem\nX\x04\x00\x00\x00echo\x85R.",
		"os.system":          "\x80\x04\x8c\x02os\x8c\x06system\x93X\x04\x00\x00\x00echo\x85R.",
		"os.path.join":       "\x80\x02cos.path\njoin\n.",
		"builtins.eval":      "\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",
		"__builtin__.exec":   "\x80\x02c__builtin__\nexec\n.",
		"subprocess.Popen":   "\x80\x02(isubprocess\nPopen\n.",
		"torch.FloatStorage": "\x80\x02(itorch\nFloatStorage\n.",
	} {
		f, err := open(t, archive(t, entry{"a/data.pkl", program}))
		var refused *RefusedError
		if f != nil || !errors.As(err, &refused) || refused.Name != name ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("%s: error %v, want that it is refused by name", name, err)
		}
	}
}

// What a checkpoint has beside its tensors may be of any class: nothing of it is run, and nothing
// of it hinders. The names are those of a run of argparse, NumPy's numbers, generators and sets.
func TestThingsBesideTensors(t *testing.T) {
	tensor := strings.TrimSuffix(strings.TrimPrefix(tensorOf("K\x04", "K\x00", "K\x04\x85",
		"K\x01\x85"), "\x80\x02"), ".")
	for name, thing := range map[string]string{
		"attributes": "cargparse\nNamespace\n)\x81}X\x02\x00\x00\x00lrK\x01sb",
		"slots":      "ca\nb\n)\x81N}X\x02\x00\x00\x00lrK\x01s\x86b",
		"function": "cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00f8" +
			"\x89\x88\x87R(K\x03Ntb\x8e\x08\x00\x00\x00\x00\x00\x00\x0012345678\x86R",
		"words":           "ca\nb\n)}\x92",
		"like a dict":     "ccollections\ndefaultdict\ncbuiltins\nint\n\x85RK\x01K\x02s",
		"like a list":     "ccollections\ndeque\n)R(K\x01K\x02e",
		"set":             "\x8f(K\x01K\x02\x90",
		"frozen set":      "(K\x01K\x02\x91",
		"key of numbers":  "}K\x01K\x02\x86K\x03s",
		"large number":    "\x8a\x11" + strings.Repeat("1", 17),
		"bytes":           "C\x03\xff\xfe\xfd",
		"bytes of before": "U\x03\xff\xfe\xfd",
		"what is called":  "cbuiltins\ngetattr\nca\nb\nX\x01\x00\x00\x00c\x86R)R",
		"of a subclass":   "ctorch._tensor\n_rebuild_from_type_v2\n(ca\nb\nca\nc\n)}tR",
	} {
		program := "\x80\x04}(X\x01\x00\x00\x00a" + thing + "X\x05\x00\x00\x00state}X\x03\x00\x00" +
			"\x00w.x" + tensor + "su."
		f, err := open(t, archive(t, entry{"a/data.pkl", program},
			entry{"a/data/0", "0123456789abcdef"}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s, err := f.State(""); err != nil || fmt.Sprint(s.Names) != "[w.x]" {
			t.Errorf("%s: state %v, %v; want that of w.x", name, s, err)
		}
	}
}

// A file of the form before PyTorch 1.6, and a module that was saved as a whole, read as their
// state_dicts do.
func TestOtherForms(t *testing.T) {
	for name, want := range map[string]string{"legacy": "[x]", "module": "[0.weight 0.bias]"} {
		f, err := Open("testdata/" + name + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s, err := f.State("")
		if err != nil || fmt.Sprint(s.Names) != want {
			t.Fatalf("%s: %v, %v, want names %s", name, s, err, want)
		}
		if x, ok := s.Tensor("x"); ok {
			v, err := x.Float32s()
			if err != nil || len(v) != 24 || v[1] != 0.125 || v[23] != 2.875 {
				t.Errorf("%s: %v, %v, want arange(24)/8", name, v, err)
			}
		}
	}
	data, err := os.ReadFile("testdata/legacy.pth")
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := open(t, data[:n]); err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("cut to %d bytes: error %v, want one line", n, err)
		}
	}
}

// dict is a dict of the keys and values in turn.
func dict(pairs ...any) *Dict {
	d := &Dict{}
	for i := 0; i < len(pairs); i += 2 {
		d.set(pairs[i], pairs[i+1])
	}
	return d
}

// A module stands for the tensors of its parameters, of its buffers that a state_dict has, and of
// the modules in it; one that holds itself for none.
func TestModules(t *testing.T) {
	x := &Tensor{}
	inner := &object{class: "a.B", state: dict("training", true, "_parameters", dict("w", x, "b",
		nil), "_buffers", dict("mean", x, "mem", x), "_non_persistent_buffers_set",
		&list{[]any{"mem"}}, "_modules", dict())}
	outer := &object{class: "a.C", state: dict("_parameters", dict(), "_modules", dict("0", inner,
		"1", nil, "2", inner))}
	itself := &object{class: "a.D"}
	itself.state = dict("_parameters", dict("w", x), "_modules", dict("0", itself))
	script := &object{class: "__torch__.a.B", state: dict("training", true, "w", x, "in", &object{
		class: "__torch__.C", state: dict("v", x)})}
	for _, c := range []struct {
		value any
		want  string
	}{
		{outer, "[0.w 0.mean 2.w 2.mean]"},
		{dict("model", outer, "epoch", int64(1)), "[0.w 0.mean 2.w 2.mean]"},
		{script, "[w in.v]"},
		{itself, "no state_dict"},
		{&object{class: "a.B"}, "no state_dict"},
		{dict("module.n_averaged", x, "n_averaged", x, "module.a", x), "[n_averaged n_averaged a]"},
		{dict("n_averaged", x, "module.a", x), "[n_averaged a]"},
		{dict("module._orig_mod.a._orig_mod.w", x), "[a.w]"},
		{dict("a.w", x, "a._extra_state", nil), "[a.w]"},
		{dict("a.w", &object{class: "torch._utils._rebuild_qtensor"}), "torch._utils._rebuild_qt"},
	} {
		s, err := (&File{Value: c.value}).State("")
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(s.Names)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
}

const (
	float32Storage = "X\x07\x00\x00\x00storagectorch\nFloatStorage\n" +
		"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
	rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
)

// tensorOf is the pickle of a tensor over a storage of the given elements; offset, shape and
// strides are instructions.
func tensorOf(elements, offset, shape, strides string) string {
	return "\x80\x02" + rebuild + "((" + float32Storage + elements + "tQ" + offset + shape +
		strides + "\x89N" + "tR."
}

func TestOpenRefuses(t *testing.T) {
	file := func(program string) []byte {
		return archive(t, entry{"a/data.pkl", program}, entry{"a/data/0", "0123456789abcdef"})
	}
	huge := "J\xff\xff\xff\x7f"
	good := file(tensorOf("K\x04", "K\x00", "K\x04\x85", "K\x01\x85"))
	if _, err := open(t, good); err != nil {
		t.Fatal(err)
	}
	compressed := func() []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, _ := w.Create("a/data.pkl")
		f.Write([]byte("\x80\x02}."))
		w.Close()
		return b.Bytes()
	}()
	damaged := bytes.Replace(file("\x80\x02}."), []byte("\x80\x02}."), []byte("\x80\x02]."), 1)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":     {nil, "want a checkpoint that torch.save wrote"},
		"no pickle": {archive(t, entry{"a/data/0", ""}), "want a data.pkl"},
		"two pickles": {archive(t, entry{"a/data.pkl", "N."}, entry{"b/data.pkl", "N."}),
			"want one data.pkl"},
		"name twice": {archive(t, entry{"a/data.pkl", "N."}, entry{"a/data/0", ""},
			entry{"a/data/0", ""}), "each name once"},
		"compressed": {compressed, "an entry that is stored"},
		"damaged":    {damaged, "checksum"},
		"big-endian": {archive(t, entry{"a/data.pkl", "N."},
			entry{"a/byteorder", "big"}), "byteorder: want little"},
		"too long": {file(strings.Repeat("N", maxPickle+1)),
			"want at most 16777216 bytes"},
		"too many instructions": {file(strings.Repeat("N0", maxOps)),
			"at most 2097152 instructions"},
		"cut":              {file("\x80\x02}"), "byte 3: want 1 more bytes"},
		"nothing":          {file("."), "want one value at the end, got 0"},
		"protocol 0":       {file("I1\n."), "want an instruction that tensors need, got 0x49"},
		"unknown protocol": {file("\x80\x09N."), "want protocol 2 to 5, got 9"},
		"long string":      {file("X\xff\xff\xff\x7fabc"), "want 2147483647 more bytes"},
		"longer string":    {file("X\xff\xff\xff\xffabc"), "want 2147483647 more bytes"},
		"bad string":       {file("X\x01\x00\x00\x00\xff."), "want a string in UTF-8"},
		"no mark":          {file("Nt."), "want a mark on the stack"},
		"mark taken":       {file("(\x85."), "want 1 values on the stack"},
		"append to a dict": {file("}Na."), "want a list to append to"},
		"odd items":        {file("}(NNNu."), "pairs of key and value"},
		"item of a list":   {file("]NNs."), "want a dict"},
		"memo":             {file("h\x07."), "number 7, which was not"},
		"name without end": {file("c" + strings.Repeat("x", 300) + "\n\n."),
			"want a name in a line"},
		"calls a number":       {file("K\x01)R."), "want what makes a tensor, a dict"},
		"attributes of a list": {file("]}b."), "want a dict"},
		"arguments of a dict":  {file("ccollections\nOrderedDict\n]\x85R."), "that begins empty"},
		"storage":              {file("NQ."), "five words of a storage"},
		"storage elsewhere": {file(strings.Replace(tensorOf("K\x04", "K\x00", ")", ")"),
			"\x000X", "\x001X", 1)), `"1", which is not`},
		"storage too small": {file(tensorOf("K\x05", "K\x00", ")", ")")),
			"want the 5 elements of float32"},
		"storage without end": {file(tensorOf("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "K\x00",
			")", ")")), "elements of float32"},
		"negative storage": {file(tensorOf("J\xff\xff\xff\xff", "K\x00", ")", ")")),
			"elements of float32"},
		"offset": {file(tensorOf("K\x04", "K\x04", ")", ")")), "within the 4 elements"},
		"negative offset": {file(tensorOf("K\x04", "J\xff\xff\xff\xff", ")", ")")),
			"an offset within"},
		"beyond": {file(tensorOf("K\x04", "K\x01", "K\x04\x85", "K\x01\x85")),
			"within the 4 elements"},
		"stride": {file(tensorOf("K\x04", "K\x00", "K\x02\x85", huge+"\x85")),
			"at most the 4 elements"},
		"negative stride": {file(tensorOf("K\x04", "K\x03", "K\x02\x85", "J\xff\xff\xff\xff\x85")),
			"strides of 0 and more"},
		"expanded": {file(tensorOf("K\x04", "K\x00", huge+huge+"\x86", "K\x00K\x00\x86")),
			"at most the 4 elements"},
		"dimensions": {file(tensorOf("K\x04", "K\x00", "("+strings.Repeat("K\x01", 17)+"t",
			"("+strings.Repeat("K\x01", 17)+"t")), "at most 16"},
		"strides missing": {file(tensorOf("K\x04", "K\x00", "K\x01\x85", ")")),
			"as many strides as dimensions"},
		"shape of words": {file(tensorOf("K\x04", "K\x00", "N\x85", "N\x85")), "other values"},
		"parameter": {file("ctorch._utils\n_rebuild_parameter\nN\x85R."),
			"the tensor of a parameter"},
	} {
		_, err := open(t, c.data)
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("%s: error %v, want a FormatError with %q", name, err, c.want)
		}
	}
}

// Lists in lists, and lists that hold each other many times over, take no more memory than their
// bytes, and no state is looked for in them.
func TestBombs(t *testing.T) {
	deep := strings.Repeat("]", 1<<20-1) + strings.Repeat("a", 1<<20-2) + "."
	doubled := "]q\x00"
	for i := range 60 { // each list holds the one before it twice
		doubled += fmt.Sprintf("]q%c(h%ch%ce", i+1, i, i)
	}
	doubled += strings.Repeat("a", 60) + "."
	for name, program := range map[string]string{"deep": deep, "doubled": doubled,
		"itself": "}q\x00X\x01\x00\x00\x00ah\x00s."} {
		f, err := open(t, archive(t, entry{"a/data.pkl", program}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := f.State(""); err == nil || !strings.Contains(err.Error(),
			"no state_dict in the checkpoint") {
			t.Errorf("%s: error %v, want that there is no state_dict", name, err)
		}
	}
}

// Every type and every view reads as PyTorch has it: x is arange(24).reshape(4, 6)/8.
func TestTypes(t *testing.T) {
	f, err := Open("testdata/types.pth")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := f.State("")
	if err != nil {
		t.Fatal(err)
	}
	var x, whole, negative, above, transposed []float32
	for i := range 24 {
		v := float32(i) / 8
		x, whole, negative = append(x, v), append(whole, float32(i/8)), append(negative,
			-float32(i/8))
		above = append(above, map[bool]float32{true: 1}[v > 1])
		transposed = append(transposed, float32(i%4*6+i/4)/8)
	}
	for name, want := range map[string]struct {
		dtype  DType
		shape  []int
		values []float32
	}{
		"float32": {F32, []int{4, 6}, x}, "parameter": {F32, []int{4, 6}, x},
		"float64": {F64, []int{4, 6}, x},
		"float16": {F16, []int{4, 6}, x}, "bfloat16": {BF16, []int{4, 6}, x},
		"transposed": {F32, []int{6, 4}, transposed},
		"row":        {F32, []int{6}, x[12:18]},
		"columns": {F32, []int{3, 3}, []float32{x[7], x[9], x[11], x[13], x[15], x[17], x[19],
			x[21], x[23]}},
		"int64": {I64, []int{}, []float32{-7}}, "int32": {I32, []int{4, 6}, whole},
		"int16": {I16, []int{4, 6}, whole},
		"int8":  {I8, []int{4, 6}, negative}, "uint8": {U8, []int{4, 6}, whole},
		"bool":  {Bool, []int{4, 6}, above},
		"empty": {F32, []int{0, 3}, []float32{}},
		"small": {F16, []int{4}, []float32{1. / (1 << 24), -65504, float32(math.Inf(1)), 0}},
	} {
		got, ok := s.Tensor(name)
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		values, err := got.Float32s()
		if err != nil || got.DType() != want.dtype || !slices.Equal(got.Shape, want.shape) ||
			!slices.Equal(values, want.values) {

			t.Errorf("%s: %s %v %v, %v; want %s %v %v", name, got.DType(), got.Shape, values, err,
				want.dtype, want.shape, want.values)
		}
	}
}

// half is exact for every float16: against the value of its bits in float64.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		exponent, fraction := h>>10&31, h&1023
		want := math.Ldexp(float64(fraction), -24)
		switch {
		case exponent == 31 && fraction > 0:
			want = math.NaN()
		case exponent == 31:
			want = math.Inf(1)
		case exponent > 0:
			want = math.Ldexp(1+float64(fraction)/1024, exponent-15)
		}
		if h>>15 == 1 {
			want = -want
		}
		if got := half(uint16(h)); float64(got) != want &&
			!(math.IsNaN(want) && math.IsNaN(float64(got))) {

			t.Fatalf("%#04x: got %v, want %v", h, got, want)
		}
	}
}

// anyStorage takes every storage for one of the archive.
type anyStorage struct{}

func (anyStorage) storage(key string, t DType, n int64) (*storage, error) {
	if n < 0 || n > 1<<40 {
		return nil, errors.New("no such storage")
	}
	return &storage{key: key, dtype: t, elements: n}, nil
}

// FuzzUnpickle: no pickle panics, and every tensor that it makes stays within its storage.
func FuzzUnpickle(f *testing.F) {
	for _, name := range []string{"reference", "spikingjelly", "plif", "snntorch", "types",
		"module"} {
		r, err := zip.OpenReader("testdata/" + name + ".pth")
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range r.File {
			if !strings.HasSuffix(e.Name, "data.pkl") {
				continue
			}
			data, err := (&File{}).bytes(e)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
		r.Close()
	}
	f.Add([]byte(tensorOf("K\x04", "K\x00", "K\x04\x85", "K\x01\x85")))
	f.Add([]byte("\x80\x04\x8c\x02os\x8c\x06system\x93\x94X\x04\x00\x00\x00echo\x85R."))
	f.Add([]byte("]q\x00(h\x00h\x00e."))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := unpickle(data, anyStorage{})
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("an error of more than a line: %q", err)
			}
			return
		}
		state, err := (&File{Value: v}).State("")
		if err != nil {
			return
		}
		for _, name := range state.Names {
			x, _ := state.Tensor(name)
			last := x.offset
			for i, d := range x.Shape {
				last += int64(d-1) * int64(x.strides[i])
			}
			if n := x.Len(); n < 0 || int64(n) > x.storage.elements ||
				n > 0 && (x.offset < 0 || last >= x.storage.elements) {

				t.Fatalf("%s: shape %v, strides %v, offset %d in %d elements", name, x.Shape,
					x.strides, x.offset, x.storage.elements)
			}
		}
	})
}

// A file with one byte changed is refused, or reads as before where the byte says nothing of the
// tensors.
func TestDamage(t *testing.T) {
	data, err := os.ReadFile("testdata/types.pth")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.pth")
	read := func() (all string, err error) {
		f, err := Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		s, err := f.State("")
		if err != nil {
			return "", err
		}
		for _, name := range s.Names {
			x, _ := s.Tensor(name)
			v, err := x.Float32s()
			if err != nil {
				return "", err
			}
			all += fmt.Sprint(name, x.Shape, v)
		}
		return all, nil
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	want, err := read()
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := 0; i < len(data); i += 7 {
		damaged := slices.Clone(data)
		damaged[i] ^= 0x55
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := read()
		if err == nil && got != want {
			t.Fatalf("byte %d changed: read other tensors", i)
		}
		if err != nil {
			refused++
		}
	}
	if refused < 200 {
		t.Errorf("%d changes of %d are refused, want more than that", refused, len(data)/7)
	}
}
