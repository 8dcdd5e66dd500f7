package sftpconn

import (
	"errors"
	"io/fs"

	"github.com/pkg/sftp"

	"paceline/connector/sshconn"
	"paceline/internal/pool"
)

func notThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// failureOf says what an error means to whoever called; ok is false where no answer came.
func failureOf(err error) (f *failure, ok bool) {
	if err == nil {
		return nil, false
	}
	if f, ok = errors.AsType[*failure](err); ok {
		return f, true
	}
	if refused, is := errors.AsType[*sshconn.RefusedError](err); is {
		return &failure{401, refused.Reason}, true
	}
	switch {
	case errors.Is(err, pool.ErrBusy):
		return &failure{503, "All connections of this connector are in use."}, true
	case notThere(err):
		return &failure{404, "There is no such file or folder."}, true
	case errors.Is(err, fs.ErrPermission):
		return &failure{403, "The server does not allow it."}, true
	case errors.Is(err, fs.ErrExist):
		return &failure{409, "There is such a file already."}, true
	}
	status, is := errors.AsType[*sftp.StatusError](err)
	if !is || status.FxCode() == sftp.ErrSSHFxConnectionLost || status.FxCode() == sftp.ErrSSHFxNoConnection {
		return nil, false
	}
	return &failure{400, "The server refused it: " + status.Error()}, true
}
