// Package wheel packs the Python package and a command into a wheel, which pip installs
// (https://packaging.python.org/en/latest/specifications/binary-distribution-format/). The same
// package, command and version give the same bytes.
package wheel

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"ssnn/release/command"
)

// tags are the platform tags of wheels, by Go's names of the systems. The command needs no C
// library, so the Linux tags cover all distributions. The macOS tags name the oldest version that
// Go 1.26 runs on.
var tags = map[command.Target]string{
	{OS: "linux", Arch: "amd64"}: "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
	{
		OS:   "linux",
		Arch: "arm64"}: "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
	{OS: "darwin", Arch: "amd64"}:  "macosx_12_0_x86_64",
	{OS: "darwin", Arch: "arm64"}:  "macosx_12_0_arm64",
	{OS: "windows", Arch: "amd64"}: "win_amd64",
	{OS: "windows", Arch: "arm64"}: "win_arm64",
}

// For reports whether there are wheels for a system.
func For(t command.Target) bool { return tags[t] != "" }

// project is the part of pyproject.toml that a wheel needs.
type project struct {
	Project struct {
		Name           string
		Description    string
		License        string
		RequiresPython string `toml:"requires-python"`
		Dependencies   []string
		Keywords       []string
		Classifiers    []string
		Authors        []struct{ Name string }
		URLs           map[string]string `toml:"urls"`
		Scripts        map[string]string
	}
}

// entry is a file of a wheel.
type entry struct {
	name string
	mode fs.FileMode
	data []byte
}

// Build packs the Python package of the sources in root and a command. version is that of the
// command, such as v0.1.0. Build returns the name and the bytes of the wheel.
func Build(root, version string, t command.Target, program []byte) (
	name string, data []byte, err error) {

	tag, ok := tags[t]
	if !ok {
		return "", nil, fmt.Errorf("no wheels for %s/%s", t.OS, t.Arch)
	}
	var p project
	if _, err := toml.DecodeFile(filepath.Join(root, "python", "pyproject.toml"), &p); err != nil {
		return "", nil, err
	}
	readme, err := os.ReadFile(filepath.Join(root, "python", "README.md"))
	if err != nil {
		return "", nil, err
	}
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return "", nil, err
	}
	licences, err := t.Licences(root)
	if err != nil {
		return "", nil, err
	}
	all, err := sources(filepath.Join(root, "python", "src"))
	if err != nil {
		return "", nil, err
	}
	reference, err := os.ReadFile(filepath.Join(root, "bench", "pytorch", "ssnn_torch.py"))
	if err != nil {
		return "", nil, err
	}
	all = append(all, entry{"ssnn/_reference.py", 0o644, reference}) // for ssnn.torch
	number, err := Version(version)
	if err != nil {
		return "", nil, err
	}
	module := p.Project.Name
	info := fmt.Sprintf("%s-%s.dist-info", module, number)
	all = append(all,
		entry{module + "/bin/" + t.Name(), 0o755, program},
		entry{info + "/METADATA", 0o644, p.metadata(number, readme)},
		entry{info + "/WHEEL", 0o644, wheelFile(tag)},
		entry{info + "/entry_points.txt", 0o644, p.scripts()},
		entry{info + "/licenses/LICENSE", 0o644, licence},
		entry{info + "/licenses/" + command.LicencesFile, 0o644, licences},
	)
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	// RECORD is the last file, as is usual in wheels.
	all = append(all, entry{info + "/RECORD", 0o644, record(all, info+"/RECORD")})
	data, err = pack(all)
	return fmt.Sprintf("%s-%s-py3-none-%s.whl", module, number, tag), data, err
}

var versions = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-(a|b|rc|dev)\.?(\d+))?$`)

// Version converts a version of Go's form, such as v0.1.0 or v0.1.0-rc.1, to Python's form
// (https://packaging.python.org/en/latest/specifications/version-specifiers/).
func Version(v string) (string, error) {
	m := versions.FindStringSubmatch(v)
	switch {
	case m == nil:
		return "", fmt.Errorf("version %q, want one like v0.1.0 or v0.1.0-rc.1 for a wheel", v)
	case m[2] == "":
		return m[1], nil
	case m[2] == "dev":
		return m[1] + ".dev" + m[3], nil
	}
	return m[1] + m[2] + m[3], nil
}

// sources returns the files of the package that are installed.
func sources(folder string) (all []entry, err error) {
	err = filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ending := filepath.Ext(file); ending != ".py" && d.Name() != "py.typed" {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, file)
		all = append(all, entry{filepath.ToSlash(name), 0o644, data})
		return err
	})
	return all, err
}

// metadata returns the core metadata
// (https://packaging.python.org/en/latest/specifications/core-metadata/).
func (p project) metadata(version string, readme []byte) []byte {
	var b bytes.Buffer
	say := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	say("Metadata-Version", "2.4")
	say("Name", p.Project.Name)
	say("Version", version)
	say("Summary", p.Project.Description)
	say("Keywords", strings.Join(p.Project.Keywords, ","))
	for _, a := range p.Project.Authors {
		say("Author", a.Name)
	}
	say("License-Expression", p.Project.License)
	say("License-File", "LICENSE")
	say("License-File", command.LicencesFile)
	for _, c := range p.Project.Classifiers {
		say("Classifier", c)
	}
	say("Requires-Python", p.Project.RequiresPython)
	for _, d := range p.Project.Dependencies {
		say("Requires-Dist", d)
	}
	for _, key := range sorted(p.Project.URLs) {
		say("Project-URL", key+", "+p.Project.URLs[key])
	}
	say("Description-Content-Type", "text/markdown")
	b.WriteString("\n")
	b.Write(readme)
	return b.Bytes()
}

func (p project) scripts() []byte {
	var b bytes.Buffer
	b.WriteString("[console_scripts]\n")
	for _, name := range sorted(p.Project.Scripts) {
		fmt.Fprintf(&b, "%s = %s\n", name, p.Project.Scripts[name])
	}
	return b.Bytes()
}

func sorted(m map[string]string) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func wheelFile(tag string) []byte {
	b := "Wheel-Version: 1.0\nGenerator: ssnn\nRoot-Is-Purelib: false\n"
	for t := range strings.SplitSeq(tag, ".") {
		b += "Tag: py3-none-" + t + "\n"
	}
	return []byte(b)
}

// record lists the files with their digests, and itself without one.
func record(all []entry, own string) []byte {
	var b bytes.Buffer
	for _, e := range all {
		sum := sha256.Sum256(e.data)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", e.name, base64.RawURLEncoding.EncodeToString(sum[:]),
			len(e.data))
	}
	fmt.Fprintf(&b, "%s,,\n", own)
	return b.Bytes()
}

// pack makes the archive. The time of its files is SOURCE_DATE_EPOCH, or the earliest time that ZIP
// can store.
func pack(all []entry) ([]byte, error) {
	made := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	if s := os.Getenv("SOURCE_DATE_EPOCH"); s != "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("SOURCE_DATE_EPOCH %q, want seconds since 1970", s)
		}
		if t := time.Unix(seconds, 0).UTC(); t.After(made) {
			made = t
		}
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(to, flate.BestCompression)
	})
	for _, e := range all {
		h := &zip.FileHeader{Name: path.Clean(e.name), Method: zip.Deflate, Modified: made}
		h.SetMode(e.mode)
		to, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
