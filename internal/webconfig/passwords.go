package webconfig

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// mostOfAnAddress is the largest number of passwords from one address that are checked, or wait for
// a check, at a time.
const mostOfAnAddress = 4

// CheckTime is the longest time that a request waits for the check of its password. A server must
// allow more time than that for its replies.
const CheckTime = 5 * time.Second

// passwords checks passwords against their hashes. A check takes a core for about 50 ms on purpose
// (bcrypt), so only one runs at a time, and an address may have only a few waiting. A password that
// was right once is accepted at once from then on, whatever strangers try meanwhile: of each right
// password a digest is kept, under a key that nobody knows and that ends with the process. Wrong
// passwords are not kept.
type passwords struct {
	mu    sync.Mutex
	key   []byte
	known map[string]digest // digest of each user's right password and its hash
	under map[digest]*check
	of    map[netip.Prefix]int // number of checks of each address that are not done
	wait  time.Duration        // longest wait for a check; 0 stands for CheckTime
	turn  sync.Mutex           // held by the check that is computing
}

type digest [sha256.Size]byte

// check is a check that is not done yet. All requests with the same name and password wait for it.
type check struct {
	done  chan struct{}
	right bool // valid once done is closed
}

// right reports whether a password is the user's. busy is true if the check could not be done in
// time, because too many others wait. An unknown name takes as long as a known one.
func (p *passwords) right(ctx context.Context, from netip.Prefix, users map[string]string, name,
	password string) (right, busy bool) {

	hash, is := users[name]
	if !is {
		hash = users[slices.Min(slices.Collect(maps.Keys(users)))]
	}
	p.mu.Lock()
	if p.key == nil {
		p.key = make([]byte, sha256.Size)
		rand.Read(p.key)
		p.known, p.under = map[string]digest{}, map[digest]*check{}
		p.of = map[netip.Prefix]int{}
	}
	d := p.digest(name, hash, password)
	known, before := p.known[name]
	c := p.under[d]
	switch {
	case before && hmac.Equal(known[:], d[:]):
		p.mu.Unlock()
		return is, false
	case c == nil && p.of[from] >= mostOfAnAddress:
		p.mu.Unlock()
		return false, true
	case c == nil:
		c = &check{done: make(chan struct{})}
		p.under[d] = c
		p.of[from]++
		go func() {
			p.turn.Lock()
			right := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil && is
			p.turn.Unlock()
			p.end(c, d, from, name, right)
		}()
	}
	p.mu.Unlock()
	select {
	case <-c.done:
		return c.right, false
	case <-time.After(cmp.Or(p.wait, CheckTime)):
		return false, true
	case <-ctx.Done():
		return false, false
	}
}

// end tells the result of a check to the requests that wait for it, and keeps the digest of a right
// password.
func (p *passwords) end(c *check, d digest, from netip.Prefix, name string, right bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if right {
		p.known[name] = d
	}
	delete(p.under, d)
	if p.of[from]--; p.of[from] == 0 {
		delete(p.of, from)
	}
	c.right = right
	close(c.done)
}

// digest returns the digest of texts under the key.
func (p *passwords) digest(texts ...string) (d digest) {
	h := hmac.New(sha256.New, p.key)
	for _, text := range texts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	h.Sum(d[:0])
	return d
}
