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

// mostOfAnAddress is how many passwords of one address are checked, or wait for it, at a time.
const mostOfAnAddress = 4

// CheckTime is how long a request waits for its password to be checked, at most. The time that a
// server has for its replies must go beyond it.
const CheckTime = 5 * time.Second

// passwords checks passwords against their hashes. That takes a core for some 50 ms by intent
// (bcrypt), so that one is checked at a time, an address cannot have many wait, and whoever was
// right once is right at once from then on, whatever strangers try meanwhile: what is kept of a
// right password is a digest by a key that no one knows and that ends with the process, and wrong
// ones take no place of it.
type passwords struct {
	mu    sync.Mutex
	key   []byte
	known map[string]digest // of each user's right password and its hash
	under map[digest]*check
	of    map[netip.Prefix]int // checks under way
	wait  time.Duration        // for a check; 0 stands for CheckTime
	turn  sync.Mutex           // held by the check that computes
}

type digest [sha256.Size]byte

// check is one under way, which all wait for who ask the same.
type check struct {
	done  chan struct{}
	right bool // once done
}

// right says whether a password is that of a user, or that too many are being checked, of the
// address or in all, to say it in time. A name that no user has takes as long as another.
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

// end tells those that wait what came of a check, and keeps a right password's digest.
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

// digest is that of texts, by the key.
func (p *passwords) digest(texts ...string) (d digest) {
	h := hmac.New(sha256.New, p.key)
	for _, text := range texts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	h.Sum(d[:0])
	return d
}
