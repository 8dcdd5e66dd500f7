package connector

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	"paceline/mapping"
)

// Type fetchxml pages a query in FetchXML, as Dataverse takes it in the parameter fetchXml: its next page is the same query
// with a number and a cookie of the answer. A query that names how many rows it wants at most (top) has one page.
var _ = registerPager("fetchxml", pagerType{
	rows: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		var step pageStep
		if more, _ := fetchMore.Get(a.call.result.Output); string(more) != "true" {
			return step, false, nil
		}
		told, _ := fetchCookie.Get(a.call.result.Output)
		cookie, err := cookieOf(mapping.Text(told))
		if err != nil {
			return step, false, ErrPageUnread
		}
		query := a.from.Query()
		text, page, err := nextFetch(query.Get("fetchXml"), cookie)
		if err != nil {
			return step, false, ErrPageUnread
		}
		if page == 0 {
			return step, false, nil
		}
		query.Set("fetchXml", text)
		to := *a.from
		to.RawQuery = query.Encode()
		step.url = to.String()
		return step, true, nil
	},
})

var (
	fetchMore   = mustLocation(`\@Microsoft.Dynamics.CRM.morerecords\`)
	fetchCookie = mustLocation(`\@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\`)
)

// cookieOf reads <cookie pagingcookie="..."/>, whose attribute is escaped twice as parts of addresses are.
func cookieOf(told string) (string, error) {
	var element struct {
		Cookie string `xml:"pagingcookie,attr"`
	}
	if told == "" {
		return "", nil // some tables have none
	}
	if err := xml.Unmarshal([]byte(told), &element); err != nil {
		return "", err
	}
	once, err := url.QueryUnescape(element.Cookie)
	if err != nil {
		return "", err
	}
	return url.QueryUnescape(once)
}

// nextFetch writes number and cookie of the next page into the first tag of a query; page is 0 for a query without pages.
func nextFetch(query, cookie string) (text string, page int, err error) {
	d := xml.NewDecoder(strings.NewReader(query))
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return "", 0, err
		}
		first, ok := token.(xml.StartElement)
		if !ok {
			continue // a declaration, a comment or blanks
		}
		page = 1
		var b bytes.Buffer
		b.WriteString(query[:from] + "<" + first.Name.Local)
		for _, attr := range first.Attr {
			switch attr.Name.Local {
			case "top":
				return "", 0, nil
			case "page":
				if page, err = strconv.Atoi(attr.Value); err != nil {
					return "", 0, err
				}
				continue
			case "paging-cookie":
				continue
			}
			writeAttr(&b, attr.Name.Local, attr.Value)
		}
		page++
		writeAttr(&b, "page", strconv.Itoa(page))
		if cookie != "" {
			writeAttr(&b, "paging-cookie", cookie)
		}
		rest := query[d.InputOffset():]
		if strings.HasSuffix(query[from:d.InputOffset()], "/>") {
			b.WriteString("/")
		}
		b.WriteString(">" + rest)
		return b.String(), page, nil
	}
}

func writeAttr(b *bytes.Buffer, name, value string) {
	b.WriteString(" " + name + `="`)
	xml.EscapeText(b, []byte(value)) // a buffer takes everything
	b.WriteString(`"`)
}
