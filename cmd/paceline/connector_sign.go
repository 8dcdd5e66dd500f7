package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"paceline/catalog"
	"paceline/connector"
)

type connectorKeyCommand struct {
	File string `arg:"" help:"Where the key goes. It must not exist yet; whoever has it can sign in your name."`
}

// Run writes the key and prints its public half.
func (k *connectorKeyCommand) Run(c *console) error {
	key, signer, err := connector.NewSigningKey()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	c.printf("%s\n", signer)
	return nil
}

type connectorSignCommand struct {
	Paths []string `arg:"" help:"Definition files, or folders that hold a connector.yaml somewhere below."`
	Key   string   `required:"" placeholder:"FILE" help:"Key of connector key; - reads it from standard input."`
}

// Run signs each definition that has no mistakes.
func (s *connectorSignCommand) Run(c *console) error {
	files, err := definitionFiles(s.Paths)
	if err != nil {
		return err
	}
	secret, err := readSecret(c, s.Key)
	if err != nil {
		return err
	}
	for _, file := range files {
		if problems := connector.LintFile(file); connector.Failed(problems) {
			for _, p := range problems {
				fmt.Fprintln(c.err, p)
			}
			return errShown
		}
		pub, err := readPublication(file, []byte(secret))
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(pub.Signature, "", "  ")
		if err != nil {
			return err
		}
		to := filepath.Join(filepath.Dir(file), connector.SignatureFile)
		if err := os.WriteFile(to, append(text, '\n'), 0o644); err != nil {
			return err
		}
		c.printf("%s: signed by %s\n", to, pub.Signature.Signer)
	}
	return nil
}

// readPublication reads a definition, its icon and its signature, or signs it anew with a key.
func readPublication(file string, key []byte) (catalog.Publication, error) {
	folder := os.DirFS(filepath.Dir(file))
	if key != nil {
		folder = withoutSignature{folder}
	}
	pub, err := catalog.ReadPublication(folder, filepath.Base(file))
	if err != nil || key == nil {
		return pub, err
	}
	def, _ := connector.Parse(file, pub.Document)
	if def == nil {
		return pub, fmt.Errorf("%s is no definition", file)
	}
	signature, err := def.Sign(pub.Icon, key)
	pub.Signature = &signature
	return pub, err
}

// withoutSignature is a folder whose signature does not count.
type withoutSignature struct{ fs.FS }

// Open finds any file but the signature.
func (w withoutSignature) Open(name string) (fs.File, error) {
	if name == connector.SignatureFile {
		return nil, fs.ErrNotExist
	}
	return w.FS.Open(name)
}
