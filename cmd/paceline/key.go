package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"paceline/app"
	"paceline/internal/seal"
)

// keySource finds the installation key: the file of --key-file, the environment, or on SQLite the file
// that the first start left in the data folder.
type keySource struct{ storage app.Storage }

// inData is the file that a first start on SQLite writes.
func (k keySource) inData() string { return filepath.Join(k.storage.Data, "installation.key") }

// Find implements app.KeySource.
func (k keySource) Find() (key seal.InstallationKey, origin string, found bool, err error) {
	if k.storage.KeyFile != "" {
		key, err = readKey(k.storage.KeyFile)
		return key, k.storage.KeyFile, err == nil, err
	}
	if text := os.Getenv("PACELINE_KEY"); text != "" {
		key, err = seal.ParseKey(text)
		if err != nil {
			err = fmt.Errorf("PACELINE_KEY: %w", err)
		}
		return key, "PACELINE_KEY", err == nil, err
	}
	if !k.storage.SQLite() {
		return key, "", false, nil
	}
	key, err = readKey(k.inData())
	if errors.Is(err, fs.ErrNotExist) {
		return key, "", false, nil
	}
	return key, k.inData(), err == nil, err
}

// Keep implements app.KeySource.
func (k keySource) Keep(key seal.InstallationKey) (string, error) {
	return k.inData(), writeKey(k.inData(), key)
}

// Read implements app.KeySource.
func (keySource) Read(file string) (seal.InstallationKey, error) { return readKey(file) }

// Replace implements app.KeySource: only the file that a first start left in the data folder is this
// program's own. The old key stays, for older backups.
func (k keySource) Replace(origin string, key seal.InstallationKey) (kept string, err error) {
	if origin != k.inData() || k.storage.KeyFile != "" {
		return "", nil
	}
	next := origin + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a rotation that was cut off
		return "", fmt.Errorf("key file: %w", err)
	}
	if err := writeKey(next, key); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		kept = fmt.Sprintf("%s.old%d", origin, n)
		if err = os.Link(origin, kept); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err == nil {
		err = os.Rename(next, origin)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(origin))
	}
	if err != nil {
		return "", fmt.Errorf("key file: %w", err)
	}
	return kept, nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// InData reports whether the key lies beside the data that it protects.
func (k keySource) InData(origin string) bool {
	data, err1 := filepath.Abs(k.storage.Data)
	file, err2 := filepath.Abs(origin)
	if origin == "PACELINE_KEY" || err1 != nil || err2 != nil {
		return false
	}
	inside, err := filepath.Rel(data, file)
	return err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator))
}

func readKey(path string) (seal.InstallationKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return seal.InstallationKey{}, fmt.Errorf("key file: %w", err)
	}
	key, err := seal.ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// writeKey makes a file with mode 0600 and refuses to replace one.
func writeKey(path string, key seal.InstallationKey) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists already, and a key is never replaced", path)
		}
		return fmt.Errorf("key file: %w", err)
	}
	_, err = f.WriteString(key.Encode() + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return nil
}

// keyCommand makes and rotates the installation key.
type keyCommand struct {
	New    keyNewCommand    `cmd:"" help:"Make a new installation key."`
	Rotate keyRotateCommand `cmd:"" help:"Wrap every key of the database with a new installation key."`
}

type keyNewCommand struct {
	Out string `type:"path" placeholder:"FILE" help:"Write the key to a new file that its owner alone may read. Default: standard output."`
}

// Help explains what the key is for.
func (keyNewCommand) Help() string {
	return "The installation key protects every secret and payload in the database. Without it they are lost: keep a copy apart from the data and from its backups."
}

// Run makes the key.
func (k *keyNewCommand) Run(c *console) error {
	key := seal.NewKey()
	if k.Out == "" {
		c.printf("%s\n", key.Encode())
		return nil
	}
	if err := writeKey(k.Out, key); err != nil {
		return err
	}
	c.printf("Wrote a new installation key to %s. Keep a copy apart from the data.\n", k.Out)
	return nil
}

type keyRotateCommand struct {
	app.Storage `embed:""`
	To          string `required:"" type:"path" placeholder:"FILE" help:"File with the new key (see 'paceline key new --out FILE')."`
}

// Help explains what to do afterwards.
func (keyRotateCommand) Help() string {
	return `Data keys stay as they are and are wrapped anew, so this takes seconds, and a running server goes on with the new key. The old key opens only older backups.

The key that the first start left in the data folder is replaced. A key that you gave with --key-file or PACELINE_KEY is yours to replace: give the next start the new one. Other servers on the same PostgreSQL go on with what they have opened, and with everything once the file of their --key-file holds the new key.`
}

// Run rotates.
func (k *keyRotateCommand) Run(ctx context.Context, c *console) error {
	var done app.KeyRotation
	if err := app.Ask(ctx, options(c, k.Storage), app.RotateKey, app.NewKey{File: k.To}, &done); err != nil {
		return err
	}
	c.printf("Wrapped %d keys with the new installation key.\n", done.Keys)
	if done.Kept == "" {
		c.printf("Start the server with the new key from now on: --key-file %s.\n", done.Place)
	} else {
		c.printf("It now lies in %s; the old one is kept in %s.\n", done.Place, done.Kept)
	}
	return nil
}
