package download

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// get gets the set from archives of that content, put there by hand.
func get(t *testing.T, o Options, archives ...[]byte) (dir string, err error) {
	t.Helper()
	s := newServer(t, nil).source(t)
	s.Files = nil
	dir = t.TempDir()
	for i, content := range archives {
		name := string(rune('a' + i))
		s.Files = append(s.Files, File{Name: name})
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, err = Get(t.Context(), s, dir, o)
	return dir, err
}

func TestUnpackTarGz(t *testing.T) {
	dir, err := get(t, quick(), tarred(t, entry{"./Train/", os.ModeDir, ""},
		entry{"./Train/0/1.bin", 0, "x"}, entry{"Train/1/2.bin", 0, "y"},
		entry{"Test/1/3.bin", 0, "z"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir)[:3]; !slices.Equal(got,
		[]string{"Test/1/3.bin 1", "Train/0/1.bin 1", "Train/1/2.bin 1"}) {
		t.Errorf("folder holds %v", got)
	}
}

// Entries that would leave the folder, links, devices and floods are refused, and nothing stays.
func TestUnpackRefuses(t *testing.T) {
	good := entry{"Train/0/1.bin", 0, "x"}
	few, small := quick(), quick()
	few.MaxFiles, small.MaxBytes = 1, 1000
	for name, c := range map[string]struct {
		o       Options
		entries []entry
		want    string
	}{
		"up": {quick(), []entry{good, {"../evil", 0, "x"}},
			`entry "../evil": its name leads out of the folder`},
		"up inside": {quick(), []entry{{"Train/../../evil", 0, "x"}},
			`entry "Train/../../evil": its name leads out of the folder`},
		"absolute": {quick(), []entry{{"/tmp/evil", 0, "x"}},
			`entry "/tmp/evil": its name leads out of the folder`},
		"backslash": {quick(), []entry{{`..\evil`, 0, "x"}},
			`entry "..\\evil": its name leads out of the folder`},
		"link": {quick(), []entry{{"Train", os.ModeSymlink, "/tmp"},
			{"Train/evil", 0, "x"}},
			`entry "Train": it is a link or a device, want files and folders only`},
		"twice": {quick(), []entry{good, good},
			`entry "Train/0/1.bin": it is in the archive twice`},
		"a file and a folder": {quick(), []entry{good, {"Train/0/1.bin/2.bin", 0, "x"}},
			`entry "Train/0/1.bin/2.bin": `},
		"too many": {few, []entry{good, {"Train/0/2.bin", 0, "x"}},
			`entry "Train/0/2.bin": the archive has more than 1 files`},
		"too large": {small, []entry{good, {"Train/0/2.bin", 0, strings.Repeat("0", 1000)}},
			`entry "Train/0/2.bin": the archives unpack to more than 1000 bytes`},
		"not the set": {quick(), []entry{{"Other/1.bin", 0, "x"}},
			"the archives hold something else than N-MNIST: no folder Train"},
	} {
		for kind, pack := range map[string]func(testing.TB, ...entry) []byte{"zip": zipped,
			"tar.gz": tarred} {
			dir, err := get(t, c.o, pack(t, c.entries...))
			if err == nil || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "\n") {

				t.Errorf("%s, %s: error %v, want %q", name, kind, err, c.want)
			}
			if got := tree(t, dir); len(got) != 1 || !strings.HasPrefix(got[0], "a ") {
				t.Errorf("%s, %s: folder holds %v", name, kind, got)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "evil")); !errors.Is(err,
				os.ErrNotExist) {
				t.Errorf("%s, %s: wrote outside", name, kind)
			}
		}
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"pipe": {tarred(t, entry{"Train/p", os.ModeNamedPipe, ""}),
			`entry "Train/p": it is a link or a device`},
		"hard link": {tarred(t, good, entry{"Train/h", os.ModeIrregular, "Train/0/1.bin"}),
			`entry "Train/h": it is a link or a device`},
		"no archive": {[]byte("hello"), "a: want a zip or tar.gz archive, got a file that begins " +
			"with the bytes 68 65 6c 6c"},
		"empty": {nil, "a: want a zip or tar.gz archive, got an empty file"},
		"cut zip": {zipped(t, good)[:40], "a: the zip archive is cut or damaged: it has no list " +
			"of its files at the end"},
		"cut tar": {tarred(t, good, entry{"Train/1/2.bin", 0, strings.Repeat("abc", 999)})[:60],
			"a: the archive is cut: it ends too early"},
	} {
		if dir, err := get(t, quick(), c.content); err == nil ||
			!strings.Contains(err.Error(), c.want) {

			t.Errorf("%s: error %v, want %q", name, err, c.want)
		} else if got := tree(t, dir); len(got) != 1 {
			t.Errorf("%s: folder holds %v", name, got)
		}
	}
}

// Archives within archives are as little trusted.
func TestUnpackRefusesNestedTraversal(t *testing.T) {
	s := newServer(t, nil).source(t)
	s.Files, s.Nested = []File{{Name: "a"}}, true
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "a"), zipped(t,
		entry{"in.zip", 0, string(zipped(t, entry{"../../evil", 0, "x"}))}), 0o666)
	if _, err := Get(t.Context(), s, dir, quick()); err == nil ||
		err.Error() != `in.zip: entry "../../evil": its name leads out of the folder or is not `+
			`that of a file` {

		t.Errorf("error %v", err)
	}
	if got := tree(t, dir); len(got) != 1 {
		t.Errorf("folder holds %v", got)
	}
}

// Whatever an archive holds, it stays in its folder and within the bounds.
func FuzzUnpack(f *testing.F) {
	f.Add(zipped(f, entry{"Train/0/1.bin", 0, "x"}))
	f.Add(tarred(f, entry{"Train/0/1.bin", 0, "x"}, entry{"l", os.ModeSymlink, "/"}))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		file, stage := filepath.Join(dir, "a"), filepath.Join(dir, "stage")
		if err := errors.Join(os.WriteFile(file, content, 0o666),
			os.Mkdir(stage, 0o777)); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(stage)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		o := quick().orDefaults()
		o.MaxBytes, o.MaxFiles = 1<<16, 100
		u := &unpacker{ctx: t.Context(), root: root, o: o}
		err = u.archive(file, ".")
		if got := tree(t, dir); len(got) > 101 || u.bytes > 1<<16 && err == nil {
			t.Fatalf("%d files, %d bytes, %v", len(got), u.bytes, err)
		}
		if all, _ := os.ReadDir(dir); len(all) != 2 {
			t.Fatalf("files beside the folder: %v", all)
		}
	})
}
