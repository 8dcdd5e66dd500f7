package app

import (
	"context"
	"fmt"
	"log/slog"

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
	// InData reports whether a key of that origin lies beside the data that it protects.
	InData(origin string) bool
}

// keys are the opened keys of an installation.
type keys struct {
	*tenant.Installation
	sealer *seal.Sealer
	origin string // where the installation key was found
	inData bool   // it lies beside the data: a thief of the folder has both
}

// openKeys finds the installation key and opens the installation with it. Only a database in the data
// folder that has never seen a key gets a new one, which is on the disk before the database knows it.
func openKeys(ctx context.Context, s *store.Store, source KeySource, sqlite bool, log *slog.Logger) (keys, error) {
	key, origin, have, err := source.Find()
	if err != nil {
		return keys{}, err
	}
	if !have && sqlite {
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
	k := keys{origin: origin, inData: have && source.InData(origin)}
	if have {
		k.sealer = seal.New(key)
	}
	if k.Installation, err = tenant.OpenInstallation(ctx, s, k.sealer); err != nil {
		if origin != "" {
			err = fmt.Errorf("%w (tried %s)", err, origin)
		}
		return keys{}, err
	}
	return k, nil
}
