package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// findPostgres returns the URL of the database to use, "" for none, and what removes it afterwards.
// With choice "auto" it starts a cluster of its own below folder; an error says why it could not.
func findPostgres(ctx context.Context, choice, folder string) (url string, drop func(), err error) {
	drop = func() {}
	switch choice {
	case "off":
		return "", drop, nil
	case "auto":
		return startCluster(ctx, folder)
	}
	return choice, drop, nil
}

// startCluster makes a cluster on the disk of folder, or where temporary files lie when the server's user
// cannot reach it there.
func startCluster(ctx context.Context, folder string) (string, func(), error) {
	none := func() {}
	initdb, err := findProgram("initdb")
	if err != nil {
		return "", none, err
	}
	as, err := postgresUser()
	if err != nil {
		return "", none, err
	}
	var failures []error
	for _, parent := range []string{filepath.Dir(folder), os.TempDir()} {
		c, err := newCluster(ctx, initdb, as, parent)
		if err == nil {
			return c.url, c.drop, nil
		}
		failures = append(failures, err)
	}
	return "", none, errors.Join(failures...)
}

// database makes an empty database beside the one that was found and returns its URL, "" without PostgreSQL.
func (m *measurement) database(ctx context.Context, name string) (string, error) {
	if m.cluster == "" {
		return "", nil
	}
	createdb, err := exec.LookPath("createdb") // not its real path: a wrapper of many names goes by the one it is called
	if err != nil {
		if createdb, err = findProgram("createdb"); err != nil {
			return "", err
		}
	}
	u, err := url.Parse(m.cluster)
	if err != nil {
		return "", err
	}
	name = fmt.Sprintf("bench_%s_%d", name, os.Getpid())
	if out, err := exec.CommandContext(ctx, createdb, "--maintenance-db="+m.cluster, name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("createdb: %w\n%s", err, out)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// cluster is a running PostgreSQL of our own, with the settings of a fresh install (fsync on).
type cluster struct {
	url, folder, control string
	as                   *syscall.Credential
}

func newCluster(ctx context.Context, initdb string, as *syscall.Credential, parent string) (*cluster, error) {
	folder, err := os.MkdirTemp(parent, "bench-postgres-*")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, as: as, control: filepath.Join(filepath.Dir(initdb), "pg_ctl")}
	if err := c.start(ctx, initdb); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	return c, nil
}

func (c *cluster) start(ctx context.Context, initdb string) error {
	if c.as != nil {
		if err := os.Chown(c.folder, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return err
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	c.url = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := c.run(ctx, initdb, "-D", c.data(), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"); err != nil {
		return err
	}
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", port)
	return c.run(ctx, c.control, "-D", c.data(), "-w", "-o", options, "-l", filepath.Join(c.folder, "log"), "start")
}

// drop stops the server and removes its files.
func (c *cluster) drop() {
	c.run(context.Background(), c.control, "-D", c.data(), "-m", "immediate", "-w", "stop")
	os.RemoveAll(c.folder)
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

// run runs a program as the server's user.
func (c *cluster) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = c.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	// The server inherits these files, so they are one of ours: a pipe would stay open with it.
	out, err := os.CreateTemp("", "bench-postgres-output-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, text)
	}
	return nil
}

func findProgram(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", errors.New("no " + name + " on this machine; name a database with --postgres")
	}
	return found[len(found)-1], nil
}

// postgresUser returns whom the server runs as: nil for ourselves, since only root must change.
func postgresUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// newKey returns an installation key.
func newKey() (string, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(key), nil
}
