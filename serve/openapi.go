package serve

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openapi []byte

// describe answers GET /openapi.json.
func describe(w http.ResponseWriter, _ *http.Request) (any, error) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openapi)
	return nil, nil
}
