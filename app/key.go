package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"paceline/internal/seal"
	"paceline/store"
	"paceline/tenant"
)

// KeySource is where the installation key comes from; cmd reads files and the environment.
type KeySource interface {
	// Find returns the key and where it came from, or found false when none is configured.
	Find() (key seal.InstallationKey, origin string, found bool, err error)
	// Keep stores a new key where Find will find it next time, and says where. It never replaces one.
	Keep(key seal.InstallationKey) (origin string, err error)
	// Read returns the key of a file.
	Read(file string) (seal.InstallationKey, error)
	// Replace puts a rotated key in the place of the old one, of that origin, if it is a place of this
	// program's own, and says where the old one is kept; "" when the operator has to see to it.
	Replace(origin string, key seal.InstallationKey) (kept string, err error)
	// InData reports whether a key of that origin lies beside the data that it protects.
	InData(origin string) bool
}

// keys are the opened keys of an installation.
type keys struct {
	*tenant.Installation
	source KeySource
	found  *atomic.Pointer[foundKey]
}

// foundKey says where the installation key was found.
type foundKey struct {
	origin string
	inData bool // it lies beside the data: a thief of the folder has both
}

// openKeys finds the installation key and opens the installation with it. Only a database in the data
// folder that has never seen a key gets a new one, if one may be made, which is on the disk before the database knows it.
func openKeys(ctx context.Context, s *store.Store, source KeySource, make bool, log *slog.Logger) (keys, error) {
	key, origin, have, err := source.Find()
	if err != nil {
		return keys{}, err
	}
	if !have && make {
		used, err := tenant.HasInstallationKey(ctx, s)
		if err != nil {
			return keys{}, err
		}
		if !used {
			key, have = seal.NewKey(), true
			if origin, err = source.Keep(key); err != nil {
				return keys{}, err
			}
			log.Warn("wrote a new installation key: without it the data can't be read, so keep a copy apart from them", "file", origin)
		}
	}
	k := keys{source: source, found: &atomic.Pointer[foundKey]{}}
	k.found.Store(&foundKey{origin, have && source.InData(origin)})
	var sealer *seal.Sealer
	if have {
		sealer = seal.New(key)
	}
	if k.Installation, err = tenant.OpenInstallation(ctx, s, sealer); err != nil {
		if origin != "" {
			err = fmt.Errorf("%w (tried %s)", err, origin)
		}
		return keys{}, err
	}
	k.Again = k.again
	return k, nil
}

// again reads the key anew where the start found it.
func (k keys) again() (*seal.Sealer, error) {
	key, _, found, err := k.source.Find()
	if err != nil || !found {
		return nil, err
	}
	return seal.New(key), nil
}

// NewKey is the input of RotateKey: a file, which the server itself reads, as it needs to at its next start.
type NewKey struct{ File string }

// KeyRotation is what a rotation came to.
type KeyRotation struct {
	Keys int
	// Kept is where the old key is kept, when the new one has taken its place; "" when the next start must
	// be told of the new key's file.
	Kept string
	// Place is where the new key lies for the next start.
	Place string
}

// rotateKey wraps every key of the installation with the key of a file, which is the one in use from then on.
func (b *Base) rotateKey(ctx context.Context, in NewKey) (out KeyRotation, err error) {
	next, err := b.keys.source.Read(in.File)
	if err != nil {
		return out, err
	}
	if out.Keys, err = b.Tenant.RotateInstallationKey(ctx, seal.New(next)); err != nil {
		return out, err
	}
	out.Place = in.File
	was := b.keys.found.Load().origin
	if out.Kept, err = b.keys.source.Replace(was, next); err != nil {
		return out, fmt.Errorf("the database has the new key now, start the server with --key-file %s; but: %w", in.File, err)
	}
	if out.Kept != "" {
		out.Place = was
	}
	b.keys.found.Store(&foundKey{out.Place, b.keys.source.InData(out.Place)})
	b.log.Warn("the installation key was rotated", "keys", out.Keys, "now", out.Place)
	return out, nil
}
