package download

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// checksumError says that a file is not the published one.
type checksumError struct{ path, got, want string }

func (e *checksumError) Error() string {
	return fmt.Sprintf("%s has the MD5 sum %s, want %s", e.path, e.got, e.want)
}

// check compares a file with its published MD5 sum, if there is one. That shows damage and other
// versions, not malice; the sources of these sets publish no better sum.
func check(path, want string) error {
	if want == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, want) {
		return &checksumError{path, got, want}
	}
	return nil
}
