package session

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"

	"paceline"
	"paceline/server/fault"
	"paceline/server/origin"
)

// FactorPath is where the signed-in person sets a second factor up (POST), confirms it by its first code (PUT) and ends it
// (DELETE).
const FactorPath = Path + "/secondfactor"

// factorHeader says at a sign-in that name and password were right, and a code is needed, too.
const factorHeader = "X-Second-Factor"

const qrPixels = 240

type factorIn struct{ Code string }

func (h *Handler) factor(w http.ResponseWriter, q *http.Request) {
	out, err := h.changeFactor(w, q)
	if err != nil {
		fault.Of(q.Context(), h.Log, err).Write(w)
		return
	}
	body, err := json.Marshal(out)
	if err != nil {
		fault.Of(q.Context(), h.Log, err).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

func (h *Handler) changeFactor(w http.ResponseWriter, q *http.Request) (any, error) {
	if err := origin.Change(q); err != nil {
		return nil, err
	}
	ctx := q.Context()
	p, err := h.Tenant.Authenticate(ctx, h.cookie().Token(q))
	if err != nil {
		return nil, err
	}
	if err := h.Tenant.AdmitAddress(ctx, p, fault.Client(ctx)); err != nil {
		return nil, err
	}
	if q.Method == http.MethodPost {
		made, err := h.Tenant.BeginSecondFactor(ctx, p)
		if err != nil {
			return nil, err
		}
		picture, err := made.Key.Image(qrPixels, qrPixels)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := png.Encode(&text, picture); err != nil {
			return nil, err
		}
		return struct{ Secret, Picture string }{made.Secret, "data:image/png;base64," + base64.StdEncoding.EncodeToString(text.Bytes())}, nil
	}
	var in factorIn
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxBody)).Decode(&in); err != nil {
		return nil, paceline.Fail(paceline.CodeRequestInvalid)
	}
	switch q.Method {
	case http.MethodPut:
		codes, err := h.Tenant.ConfirmSecondFactor(ctx, p, in.Code)
		return struct{ RecoveryCodes []string }{codes}, err
	case http.MethodDelete:
		return struct{}{}, h.Tenant.RemoveSecondFactor(ctx, p, in.Code)
	}
	return nil, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method)
}
