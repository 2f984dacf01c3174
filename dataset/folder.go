package dataset

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// folderShape is the layout of any folder of recordings, with a folder for each class, in any of
// the formats that are read, which are told by content. The splits are folders around the classes,
// or are drawn by seed.
const folderShape = "any recordings: {train,test}/<class>/<name>, or <class>/<name>, of which a " +
	"fifth of each class, drawn by seed, tests"

// folderFraction is the share of the recordings that test in a set without splits.
const folderFraction = 0.2

func openFolder(o opening) (*Set, error) {
	top, others, err := subfolders(o.files, ".")
	if err != nil {
		return nil, err
	}
	if len(others) > 0 {
		return nil, fmt.Errorf("%s lies beside the folders, want only folders: %s", others[0],
			folderShape)
	}
	if len(top) == 0 {
		return nil, fmt.Errorf("no folders of classes, want %s", folderShape)
	}
	s := &Set{}
	split, others, err := splitFolder(top, o.split)
	if err != nil {
		return nil, err
	}
	classes := top
	if split == "" {
		o.options = o.options.or(Random, folderFraction)
		s.Split = o.options.String()
	} else {
		if s.Split, err = o.own("the folders " + strings.Join(top, " and ")); err != nil {
			return nil, err
		}
		if len(others) > 0 {
			return nil, fmt.Errorf("%s lies beside %s, want no folders but train and test",
				others[0], split)
		}
		o.root = split
		if classes, err = o.classFolders(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(classes, byNumber)
	if s.Classes, err = o.classNames(classes, "folder"); err != nil {
		return nil, err
	}
	for label, class := range s.Classes {
		if !slices.Contains(classes, class) {
			continue
		}
		names, err := anyRecordings(o.files, o.at(class))
		if err != nil {
			return nil, err
		}
		if split == "" {
			if names, err = o.options.part(o.split, class, names); err != nil {
				return nil, err
			}
		}
		s.add(o, class, label, names)
	}
	return s, nil
}

// splitFolder finds the folder of a split among those at the top, in upper or lower case, and lists
// the others that belong to neither split. Where no folder is a split's, it returns none of both.
func splitFolder(top []string, split string) (folder string, others []string, err error) {
	found := map[string]string{}
	for _, name := range top {
		switch s := strings.ToLower(name); s {
		case "train", "test":
			if found[s] != "" {
				return "", nil, fmt.Errorf("folders %s and %s are the same split, want one of them",
					found[s], name)
			}
			found[s] = name
		default:
			others = append(others, name)
		}
	}
	want := strings.ToLower(split)
	switch {
	case len(found) == 0:
		return "", nil, nil
	case found[want] == "":
		return "", nil, fmt.Errorf("no folder %s beside %s, want both train and test; or the "+
			"folders of the classes alone, of which a fifth tests", want, strings.Join(top, ", "))
	}
	return found[want], others, nil
}

// foreign lists the endings of files that are kept beside recordings and are none. Text is not
// among them: tables are recordings too.
var foreign = []string{
	".md", ".json", ".xml", ".yaml", ".yml", ".toml", ".py", ".m", ".ipynb", ".html", ".pdf",
	".log", ".ini",
	".png", ".jpg", ".jpeg", ".gif", ".mp4", ".avi", ".zip", ".gz", ".tgz", ".tar", ".7z", ".rar",
	".pt", ".pth",
}

// anyRecordings lists the files of a folder in the order of [natural]. A file that is clearly not a
// recording is an error: one with a foreign ending, and text beside files that are not text.
func anyRecordings(files fs.FS, folder string) ([]string, error) {
	nested, names, err := subfolders(files, folder)
	if err != nil {
		return nil, err
	}
	if len(nested) > 0 {
		return nil, fmt.Errorf("%s is a folder, want recordings: %s", path.Join(folder, nested[0]),
			folderShape)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no recordings, want at least one", called(folder))
	}
	var texts []string
	for _, name := range names {
		ext := strings.ToLower(path.Ext(name))
		switch {
		case slices.Contains(foreign, ext) || isReadme(name):
			return nil, fmt.Errorf("%s is not a recording, want only recordings in the folder of "+
				"a class", path.Join(folder, name))
		case ext == ".csv" || ext == ".txt" || ext == ".tsv":
			texts = append(texts, name)
		}
	}
	if len(texts) > 0 && len(texts) < len(names) {
		return nil, fmt.Errorf("%s is text, and lies beside recordings that are not: want only "+
			"recordings in the folder of a class", path.Join(folder, texts[0]))
	}
	slices.SortFunc(names, natural)
	return names, nil
}

// isReadme reports whether a file's name is usual for one that explains a set, or that a system
// leaves in folders.
func isReadme(name string) bool {
	stem := strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
	return slices.Contains([]string{"readme", "license", "licence", "citation", "changelog",
		"thumbs", "desktop"}, stem)
}

// Tree lists the recordings below a folder, numbers in names being ordered by their value. A folder
// must hold either folders or recordings. A file that is clearly not a recording is an error.
func Tree(files fs.FS) ([]string, error) { return tree(files, ".") }

func tree(files fs.FS, folder string) ([]string, error) {
	nested, others, err := subfolders(files, folder)
	if err != nil {
		return nil, err
	}
	if len(nested) == 0 {
		names, err := anyRecordings(files, folder)
		for i := range names {
			names[i] = path.Join(folder, names[i])
		}
		return names, err
	}
	if len(others) > 0 {
		return nil, fmt.Errorf("%s lies beside folders, want only folders or only recordings",
			path.Join(folder, others[0]))
	}
	slices.SortFunc(nested, natural)
	var all []string
	for _, name := range nested {
		below, err := tree(files, path.Join(folder, name))
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	return all, nil
}
