package api

import (
	"strconv"
	"strings"
)

// tagVersion sets the ETag of a document with a version.
func tagVersion(c *Call, version int64) {
	c.Writer.Header().Set("ETag", `"`+strconv.FormatInt(version, 10)+`"`)
}

// versionsOf reads an If-Match header: nil for none and for "*", else the versions that it names. Tags
// that are not ours match nothing.
func versionsOf(header string) []int64 {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return nil
	}
	versions := []int64{}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64); err == nil {
			versions = append(versions, n)
		}
	}
	return versions
}
