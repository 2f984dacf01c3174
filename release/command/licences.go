package command

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// LicencesFile is the name of the file of Licences beside a command.
const LicencesFile = "LICENSES-OF-PARTS.txt"

// module is a module whose packages are part of the command.
type module struct{ Path, Version, Dir string }

// Licences returns the licences of all work of others in the target's command, as their terms
// require of whoever distributes it: those of Go, of each module, and of the recordings, with their
// full texts. A module without a licence is an error.
func (t Target) Licences(root string) ([]byte, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	modules, folders, err := t.parts(root)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "The command %s has the work of others in it, under these licences.\n",
		t.Name())
	add := func(of, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text = bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
		fmt.Fprintf(&out, "\n======== %s: %s\n\n%s\n", of, filepath.Base(file), text)
		return nil
	}
	if err := add("Go", filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE")); err != nil {
		return nil, err
	}
	for _, m := range modules {
		files, err := licencesOf(m, folders[m])
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := add(m.Path+" "+m.Version, file); err != nil {
				return nil, err
			}
		}
	}
	err = add("The recordings of nmnist-1k",
		filepath.Join(root, "dataset", "nmnist1k", "README.md"))
	return out.Bytes(), err
}

// parts returns the modules of the target's command except its own, ordered by path, and the
// folders of the packages that the command uses of each.
func (t Target) parts(root string) (all []module, folders map[module][]string, err error) {
	list := exec.Command("go", "list", "-deps", "-json=Dir,Module", t.tags(), "./cmd/ssnn")
	list.Dir = root
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.OS, "GOARCH="+t.Arch, "GOFLAGS=")
	listed, err := list.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	folders = map[module][]string{}
	for d := json.NewDecoder(bytes.NewReader(listed)); ; {
		var p struct {
			Dir    string
			Module *struct {
				module
				Main bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, fmt.Errorf("go list: %w", err)
		}
		if p.Module == nil || p.Module.Main {
			continue // a package of Go's standard library, or of ssnn
		}
		m := p.Module.module
		if folders[m] == nil {
			all = append(all, m)
		}
		folders[m] = append(folders[m], p.Dir)
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return all, folders, nil
}

var licenceNames = regexp.MustCompile(`^(?i)(licen[cs]e|copying|notice|patents)`)

// licencesOf returns a module's licence files, in the folders of its packages and in the folders
// above them. A folder within a module may hold the work of others.
func licencesOf(m module, folders []string) (files []string, err error) {
	seen := map[string]bool{}
	for _, dir := range folders {
		for ; !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			entries, err := os.ReadDir(dir)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if e.Type().IsRegular() && licenceNames.MatchString(e.Name()) {
					files = append(files, filepath.Join(dir, e.Name()))
				}
			}
			if dir == m.Dir {
				break
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("module %s has no licence in %s", m.Path, m.Dir)
	}
	slices.Sort(files)
	return files, nil
}
