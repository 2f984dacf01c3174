package webconfig

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/time/rate"

	"ssnn/internal/names"
	"ssnn/internal/regular"
)

// rules are the contents of a web configuration file.
type rules struct {
	users   map[string]string // password hash of each user; empty: everybody is admitted
	headers map[string]string // headers that are added to each reply
	limiter *rate.Limiter     // limits the rate of requests; nil: no limit
	tls     *tls.Config       // nil: no TLS
	http2   bool
}

const mostFile = 1 << 20 // bytes of a web configuration file

// read reads a file. Its errors name the file.
func read(path string) (*rules, error) {
	text, err := regular.ReadFile(path, mostFile)
	if err != nil {
		return nil, regular.Want(err, "a web configuration file")
	}
	c := web.Config{ // starts with the toolkit's defaults
		TLSConfig:  web.TLSConfig{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13},
		HTTPConfig: web.HTTPConfig{HTTP2: true},
	}
	r, err := func() (*rules, error) {
		if err := yaml.UnmarshalStrict(text, &c); err != nil {
			return nil, inOneLine(err)
		}
		c.TLSConfig.SetDirectory(filepath.Dir(path))
		return rulesOf(c)
	}()
	if err == nil {
		err = web.Validate(path) // the toolkit's own check, above all of the headers
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// rulesOf checks the contents of a file.
func rulesOf(c web.Config) (*rules, error) {
	r := &rules{users: map[string]string{}, headers: c.HTTPConfig.Header,
		http2: c.HTTPConfig.HTTP2}
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		hash := string(c.Users[name])
		if _, err := bcrypt.Cost([]byte(hash)); err != nil {
			return nil, fmt.Errorf("basic_auth_users, "+
				"user %q: want the bcrypt hash of a password, "+
				"as htpasswd -nB NAME prints it: %w", name, err)
		}
		r.users[name] = hash
	}
	t := &c.TLSConfig
	if t.IsEnabled() {
		if err := r.encrypt(t); err != nil {
			return nil, fmt.Errorf("tls_server_config: %w", err)
		}
	}
	if r.tls == nil && len(r.users) == 0 {
		return nil, errors.New("neither tls_server_config nor basic_auth_users: it protects " +
			"nothing")
	}
	if each := c.RateLimiterConfig.Interval; each != 0 {
		if each < 0 || c.RateLimiterConfig.Burst < 1 {
			return nil, fmt.Errorf("rate_limit: an interval of %v and a burst of %d, want more "+
				"than 0 of both", each, c.RateLimiterConfig.Burst)
		}
		r.limiter = rate.NewLimiter(rate.Every(each), c.RateLimiterConfig.Burst)
	}
	return r, nil
}

// encrypt sets the rules of TLS.
func (r *rules) encrypt(t *web.TLSConfig) (err error) {
	if r.tls, err = web.ConfigToTLSConfig(t); err != nil {
		if strings.Contains(err.Error(), "X509KeyPair") { // the toolkit does not name the files
			err = fmt.Errorf("%s and %s: %w", cmp.Or(t.TLSCertPath, "cert"),
				cmp.Or(t.TLSKeyPath, "key"), errors.Unwrap(err))
		}
		return err
	}
	if t.ClientCAs != "" || t.ClientCAsText != "" {
		// The toolkit accepts a file without certificates, and then no client's certificate is
		// accepted.
		text := []byte(t.ClientCAsText)
		if t.ClientCAs != "" {
			if text, err = os.ReadFile(t.ClientCAs); err != nil {
				return err
			}
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return fmt.Errorf("%s: no certificate in it, want those of the authorities that sign "+
				"clients'", cmp.Or(t.ClientCAs, "client_ca"))
		}
	}
	return nil
}

// inOneLine puts an error of the YAML library into one line.
func inOneLine(err error) error {
	wrong, typed := errors.AsType[*yaml.TypeError](err)
	if !typed {
		return errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	var all []string
	for _, line := range wrong.Errors {
		if found := unknownKey.FindStringSubmatch(line); found != nil {
			line = fmt.Sprintf("%s: %v", found[1], names.Unknown("key", found[2], keys(found[3])))
		} else if found := twice.FindStringSubmatch(line); found != nil {
			line = fmt.Sprintf("%s: key %q stands twice", found[1], found[2])
		} else if found := badValue.FindStringSubmatch(line); found != nil {
			line = fmt.Sprintf("%s: %s, want %s", found[1], found[2],
				strings.Join(keys(found[3]), ", "))
		}
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return errors.New(strings.Join(all, "; "))
}

var (
	unknownKey = regexp.MustCompile(`^(line \d+): field (.*) not found in type web\.(\w+)$`)
	twice      = regexp.MustCompile(`^(line \d+): field (.*) already set in type web\.\w+$`)
	badValue   = regexp.MustCompile(`^(line \d+): cannot unmarshal \S+ (.*) into web\.(\w+)$`)
)

// keys returns the keys of a part of a file, given the name of the toolkit's type for it.
func keys(name string) (all []string) {
	for _, part := range []any{web.Config{}, web.TLSConfig{}, web.HTTPConfig{},
		web.RateLimiterConfig{}} {

		if kind := reflect.TypeOf(part); kind.Name() == name {
			for i := range kind.NumField() {
				key, _, _ := strings.Cut(kind.Field(i).Tag.Get("yaml"), ",")
				all = append(all, key)
			}
		}
	}
	return all
}
