package watch

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"ssnn/dataset"
	"ssnn/recipes"
)

//go:embed page.html
var page []byte

// mostWrong bounds the number of wrongly answered recordings that are shown of a run.
const mostWrong = 60

// Handler serves the page of the runs below a folder. It answers only requests that name this
// machine as localhost or by an IP address, so that no page from elsewhere can read it under
// another name.
func Handler(dir string, m recipes.Machine) http.Handler {
	runs, mux := New(dir), http.NewServeMux()
	pictures := &painter{machine: m, sets: map[listed]*dataset.Set{}}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; "+
			"script-src 'unsafe-inline'; img-src 'self' data:")
		w.Write(page)
	})
	mux.HandleFunc("GET /runs", func(w http.ResponseWriter, _ *http.Request) {
		all, err := runs.Find(time.Now())
		answer(w, map[string]any{"folder": dir, "runs": all}, err)
	})
	mux.HandleFunc("GET /wrong", func(w http.ResponseWriter, r *http.Request) {
		folder, err := below(dir, r.FormValue("run"))
		if err != nil {
			answer(w, nil, err)
			return
		}
		a, err := recipes.ReadAnswers(folder)
		if err != nil {
			answer(w, nil, err)
			return
		}
		wrong := a.Wrong()
		answer(w, map[string]any{"classes": a.Classes, "of": len(wrong),
			"recordings": wrong[:min(mostWrong, len(wrong))]}, nil)
	})
	mux.HandleFunc("GET /picture", func(w http.ResponseWriter, r *http.Request) {
		folder, err := below(dir, r.FormValue("run"))
		if err == nil {
			var recipe recipes.Recipe
			if recipe, err = recipes.ReadRecipe(folder); err == nil {
				var png []byte
				if png, err = pictures.picture(recipe, r.FormValue("recording")); err == nil {
					w.Header().Set("Content-Type", "image/png")
					w.Header().Set("Cache-Control", "max-age=3600")
					w.Write(png)
					return
				}
			}
		}
		http.Error(w, err.Error(), http.StatusNotFound)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ours(r.Host) {
			http.Error(w, "this page is for localhost alone", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		v = map[string]string{"error": err.Error()}
	}
	json.NewEncoder(w).Encode(v)
}

// ours reports whether the Host of a request is localhost or an IP address.
func ours(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}

// below returns the folder of a run by its name, which must not lead out of dir.
func below(dir, name string) (string, error) {
	if name == filepath.Base(dir) {
		if _, err := recipes.ReadRecipe(dir); err == nil {
			return dir, nil
		}
	}
	if !fs.ValidPath(filepath.ToSlash(name)) {
		return "", errors.New("no such run")
	}
	return filepath.Join(dir, filepath.FromSlash(name)), nil
}
