package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"ssnn/release/command"
	"ssnn/release/wheel"
)

// Two builds are the same bytes; the checksums are theirs, and the command in the archive says its
// version.
func TestTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("linking takes some seconds")
	}
	here := command.Target{OS: runtime.GOOS, Arch: runtime.GOARCH}
	systems := []command.Target{here}
	if here.OS == "linux" {
		systems = append(systems, command.Target{OS: here.OS, Arch: here.Arch, MPI: true})
	}
	var outs []string
	for _, name := range []string{"one", "two"} {
		out := filepath.Join(t.TempDir(), name)
		if err := build("v1.2.3", out, systems, io.Discard); err != nil {
			t.Fatal(err)
		}
		outs = append(outs, out)
	}
	if err := build("v1.2.3", outs[0], nil, io.Discard); err == nil {
		t.Error("a folder was written over")
	}
	base := "ssnn_v1.2.3_" + here.OS + "_" + here.Arch
	archive := base + ".tar.gz"
	if here.OS == "windows" {
		archive = base + ".zip"
	}
	sums := string(read(t, outs[0], "SHA256SUMS"))
	names := []string{archive, base + ".cdx.json", "SHA256SUMS"}
	wheels, err := filepath.Glob(filepath.Join(outs[0], "ssnn-1.2.3-py3-none-*.whl"))
	if err != nil || len(wheels) != 1 && wheel.For(here) {
		t.Fatalf("wheels %v, %v", wheels, err)
	}
	if len(systems) > 1 {
		mpi := strings.Replace(base, "ssnn", "ssnn-mpi", 1)
		names = append(names, mpi+".tar.gz", mpi+".cdx.json")
	}
	for _, w := range wheels {
		names = append(names, filepath.Base(w))
	}
	for _, name := range names {
		one, two := read(t, outs[0], name), read(t, outs[1], name)
		if !bytes.Equal(one, two) {
			t.Errorf("%s: two builds differ", name)
		}
		if name != "SHA256SUMS" && !strings.Contains(sums, checksum(one)+"  "+name+"\n") {
			t.Errorf("%s is not in SHA256SUMS:\n%s", name, sums)
		}
	}
	if here.OS == "windows" {
		return
	}
	files := untar(t, read(t, outs[0], archive))
	command := filepath.Join(t.TempDir(), "ssnn")
	if err := os.WriteFile(command, files[base+"/ssnn"], 0o755); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(command, "--version").Output(); err != nil ||
		string(said) != "v1.2.3\n" {

		t.Errorf("ssnn --version: %q, %v", said, err)
	}
	licences := string(files[base+"/LICENSES-OF-PARTS.txt"])
	for _, of := range []string{"Go: LICENSE", "github.com/alecthomas/kong v", "CC BY-SA 4.0"} {
		if !strings.Contains(licences, of) {
			t.Errorf("the archive's licences have none of %q", of)
		}
	}
	// The page in the browser is made of the command alone.
	model, err := filepath.Abs("../infer/testdata/nmnist.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	page := exec.Command(command, "web", model, "-o", "page")
	page.Dir, page.Env = t.TempDir(), []string{"PATH="}
	if said, err := page.CombinedOutput(); err != nil {
		t.Errorf("ssnn web: %v: %s", err, said)
	}
	for _, name := range []string{"ssnn.wasm", "wasm_exec.js"} {
		if info, err := os.Stat(filepath.Join(page.Dir, "page", name)); err != nil ||
			info.Size() == 0 {

			t.Errorf("%s: %v", name, err)
		}
	}
	var b cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(read(t, outs[0], base+".cdx.json")),
		cdx.BOMFileFormatJSON).Decode(&b); err != nil {
		t.Fatal(err)
	}
	if got := (*b.Metadata.Component.Hashes)[0].Value; got != checksum(files[base+"/ssnn"]) {
		t.Errorf("the list is of another command, %s", got)
	}
	parts := map[string]string{}
	for _, c := range *b.Components {
		parts[c.Name] = c.Version
	}
	if parts["std"] != runtime.Version() || !strings.HasPrefix(parts["github.com/alecthomas/kong"],
		"v") || parts["github.com/CycloneDX/cyclonedx-go"] != "" {
		t.Errorf("parts %v, want those of ssnn, and none of this program", parts)
	}
}

// Both kinds of archives give back what went in, with times and rights.
func TestArchives(t *testing.T) {
	files := []file{{"b", 0o755, []byte("program")},
		{"a", 0o644, bytes.Repeat([]byte("text"), 1000)}}
	tarred, err := tarball("f", files)
	if err != nil {
		t.Fatal(err)
	}
	got := untar(t, tarred)
	packed, err := zipped("f", files)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if !bytes.Equal(got["f/"+f.name], f.data) {
			t.Errorf("tar: %s: %q", f.name, got["f/"+f.name])
		}
		r, err := z.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, f.data) ||
			z.File[i].Name != "f/"+f.name || z.File[i].Mode() != f.mode ||
			!z.File[i].Modified.Equal(made) {

			t.Errorf("zip: %v %q, %v", z.File[i].FileHeader, data, err)
		}
	}
}

func untar(t *testing.T, b []byte) map[string][]byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(made) || h.Uname != "" || h.Uid != 0 {
			t.Errorf("%s has the time %v and an owner %q %d", h.Name, h.ModTime, h.Uname, h.Uid)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, parts ...string) []byte {
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
