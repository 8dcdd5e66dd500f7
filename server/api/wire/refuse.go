package wire

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"paceline"
	"paceline/server/fault"
)

// init makes huma's own refusals (malformed parameters, oversized bodies) look like the API's.
func init() {
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError {
		catalogue := func(e *paceline.Error) huma.StatusError { return fault.Of(context.Background(), slog.Default(), e) }
		switch status {
		case http.StatusRequestEntityTooLarge: // the text ends with "limit=1048576 bytes"
			_, limit, _ := strings.Cut(text, "limit=")
			return catalogue(paceline.Fail(paceline.CodeBodyTooLarge, "limit", strings.TrimSuffix(limit, " bytes")))
		case http.StatusRequestTimeout:
			return catalogue(paceline.Fail(paceline.CodeBodyInvalid, "reason", "it did not arrive in time."))
		case http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
			status = http.StatusBadRequest
		}
		for _, err := range errs {
			if e, ok := err.(*paceline.Error); ok {
				return catalogue(e)
			}
		}
		if status == http.StatusBadRequest {
			text = paceline.CodeRequestInvalid.Text()
			if detail := firstDetail(errs); detail != "" {
				text += " " + detail
			}
		}
		return fault.New(status, text)
	}
}

func firstDetail(errs []error) string {
	for _, err := range errs {
		if d, ok := err.(*huma.ErrorDetail); ok {
			return "The value of " + strings.TrimPrefix(strings.TrimPrefix(d.Location, "query."), "path.") + " is invalid."
		}
	}
	return ""
}
