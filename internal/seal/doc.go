// Package seal keeps secrets and payloads unreadable without the installation key.
//
// The installation key wraps one data key per account and per partner, and the id key; a data key seals
// payloads and secrets, bound to the place where they are stored; the id key turns run ids into public
// ids and back. It also masks secrets in texts that people will read. Nothing here does I/O.
//
// Start with key.go (the hierarchy), then payload.go (what a stored value looks like) and secret.go (who seals secrets, and
// who opens them: the Broker alone).
package seal
