package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
	"ssnn/internal/regular"
	"ssnn/recipes"
)

type recipeCommand struct {
	List recipeListCommand `cmd:"" help:"List the recipes that come with the program."`
	Show recipeShowCommand `cmd:"" help:"Print a recipe."`
	New  recipeNewCommand  `cmd:"" help:"Create a recipe of your own: a file that begins as a copy of another recipe."`
	Keys recipeKeysCommand `cmd:"" help:"Explain the keys of recipes, with their defaults."`
}

type recipeListCommand struct {
	JSON bool `name:"json" help:"Print one line of JSON for each recipe."`
}

// Run is called by kong.
func (l *recipeListCommand) Run(c console) error {
	for _, name := range recipes.Names() {
		about := recipes.About(name)
		if l.JSON {
			json.NewEncoder(c.out).Encode(map[string]string{"recipe": name, "about": about})
		} else {
			printIndented(c.out, name, about)
		}
	}
	return nil
}

type recipeShowCommand struct {
	Recipe string   `arg:"" help:"Name of a recipe that comes with the program, or a file that ends in .toml."`
	All    bool     `help:"Print every key, including those that have their defaults."`
	Set    []string `help:"Change a value, such as train.lr=0.05, and print every key. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
}

// Run is called by kong.
func (s *recipeShowCommand) Run(c console) error {
	r, err := recipes.Load(s.Recipe)
	if err != nil {
		return err
	}
	if err := set(&r, s.Set); err != nil {
		return err
	}
	text := r.Text()
	if !s.All && len(s.Set) == 0 {
		if text, err = sourceOfRecipe(s.Recipe); err != nil {
			return err
		}
	}
	_, err = io.WriteString(c.out, text)
	return err
}

// sourceOfRecipe returns the text of a recipe by its name or its file.
func sourceOfRecipe(name string) (string, error) {
	if strings.HasSuffix(name, ".toml") {
		text, err := regular.ReadFile(name, 1<<20)
		return string(text), regular.Want(err, "a recipe; ssnn recipe new makes one")
	}
	return recipes.Source(name)
}

type recipeNewCommand struct {
	File string `arg:"" help:"File to create. It must end in .toml and must not exist."`
	From string `help:"Recipe to copy: a name, or a file that ends in .toml." default:"motion" placeholder:"RECIPE"`
	Data string `help:"Folder of your recordings, in any layout that ssnn data list shows." default:"data" placeholder:"DIR"`
}

// Run is called by kong.
func (n *recipeNewCommand) Run(c console) error {
	if !strings.HasSuffix(n.File, ".toml") {
		return usageError{fmt.Errorf("%s, want a name that ends in .toml", n.File)}
	}
	if _, err := os.Lstat(n.File); err == nil {
		return fmt.Errorf("%s is there already, want the name of a new file", n.File)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	base, err := recipes.Load(n.From)
	if err != nil {
		return err
	}
	text, err := recipes.New(base, n.Data, filepath.Dir(n.File))
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(n.File, []byte(text)); err != nil {
		return err
	}
	if _, err := openSet(n.Data); err != nil { // it may come later
		printNotes(c, []string{regular.Text(err)})
	}
	_, err = fmt.Fprintf(c.out, "%s: train it with ssnn train %s; ssnn recipe keys explains all "+
		"keys\n",
		printable(n.File), quoted(n.File))
	return err
}

type recipeKeysCommand struct {
	Word []string `arg:"" optional:"" help:"Words to search for: only keys that have all of them in their name or explanation are printed."`
	JSON bool     `name:"json" help:"Print one line of JSON for each key."`
}

// Run is called by kong.
func (k *recipeKeysCommand) Run(c console) error {
	topic := ""
	for _, key := range recipes.ExplainKeys() {
		if !hasAll(strings.ToLower(key.Name+" "+key.Meaning), k.Word) {
			continue
		}
		if k.JSON {
			json.NewEncoder(c.out).Encode(key)
			topic = key.Topic
			continue
		}
		if key.Topic != topic {
			topic = key.Topic
			fmt.Fprintln(c.out, topic)
		}
		printIndented(c.out, fmt.Sprintf("  %s (default: %s)", key.Name, key.Default), key.Meaning)
	}
	if topic == "" {
		return fmt.Errorf("no key has %q in its name or its explanation; ssnn recipe keys lists "+
			"all", strings.Join(k.Word, " "))
	}
	return nil
}

func hasAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return false
		}
	}
	return true
}

// printIndented prints a title, and below it a text, indented, in lines of at most 80 columns.
func printIndented(w io.Writer, title, text string) {
	fmt.Fprintln(w, title)
	line := "   "
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 80 && strings.TrimSpace(line) != "" {
			fmt.Fprintln(w, line)
			line = "   "
		}
		line += " " + word
	}
	if strings.TrimSpace(line) != "" {
		fmt.Fprintln(w, line)
	}
}
