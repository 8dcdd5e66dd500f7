package node

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"paceline"
)

// header carries what a node says of itself and of the request: kind, sender, receiver, time, nonce, the client's
// address, and the tag over these, the method, the host and the address. The body is not in it: the network between
// nodes is a private one, and who is in it may read and change what nodes send each other as it may what they send the
// database.
const header = "X-Paceline-Node"

// fresh is how far the time of a request may be from the database's, which both sides go by.
const fresh = 30 * time.Second

// kind is what a request between nodes is.
type kind string

const (
	passed kind = "pass"    // somebody's request, for an account of the receiver's
	look   kind = "look"    // look who has which shards
	news   kind = "news"    // a cycle or an account was changed
	part   kind = "part"    // a part of a delivery to a shared address
	order  kind = "command" // an operator's, given to a process beside the nodes
)

// signer signs requests and knows those that were.
type signer struct {
	key []byte
	now func() paceline.Micros // by the database

	mu         sync.Mutex
	seen, were map[string]struct{} // nonces of this period and the one before
	since      paceline.Micros
}

func (s *signer) tag(q *http.Request, fields []string) string {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range append([]string{q.Method, q.Host, q.URL.RequestURI()}, fields...) {
		mac.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *signer) sign(q *http.Request, k kind, from, to int64, client string) {
	if strings.Contains(client, " ") { // no address
		client = ""
	}
	fields := []string{string(k), strconv.FormatInt(from, 10), strconv.FormatInt(to, 10), strconv.FormatInt(int64(s.now()), 10), paceline.NewSecret(16), client}
	q.Header.Set(header, strings.Join(append(fields, s.tag(q, fields)), " "))
}

// check reads what sign wrote, once. this is the receiver.
func (s *signer) check(q *http.Request, this int64) (k kind, client string, ok bool) {
	fields := strings.Split(q.Header.Get(header), " ")
	if len(fields) != 7 || len(q.Header.Values(header)) != 1 || !hmac.Equal([]byte(s.tag(q, fields[:6])), []byte(fields[6])) {
		return "", "", false
	}
	at, err := strconv.ParseInt(fields[3], 10, 64)
	now := s.now()
	if err != nil || fields[2] != strconv.FormatInt(this, 10) || paceline.Micros(at) < now.Add(-fresh) || paceline.Micros(at) > now.Add(fresh) {
		return "", "", false
	}
	return kind(fields[0]), fields[5], s.first(fields[4], now)
}

// first reports whether the nonce is new, and remembers it for as long as its request may be fresh.
func (s *signer) first(nonce string, now paceline.Micros) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now > s.since.Add(2*fresh) {
		s.were, s.seen, s.since = s.seen, map[string]struct{}{}, now
	}
	_, known := s.seen[nonce]
	if _, before := s.were[nonce]; known || before {
		return false
	}
	s.seen[nonce] = struct{}{}
	return true
}
