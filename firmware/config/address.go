package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tram06/firmware/config/strict"
)

// lampWords are what a URI of lamps may hold: the lamps that the kiosk knows, and
// the driver's own parameter. A lamp of another name would stay dark for ever.
var lampWords = []string{"reader", "scanner", "printer", "status", "active"}

// slip gives what is wrong with an address whatever its driver, "" if nothing
// is: what a driver would take for a device that is not there.
func slip(device string, u *url.URL) string {
	network := u.Scheme == "escpos+tcp" || strings.HasPrefix(u.Scheme, "sim+")
	switch {
	case u.Opaque != "":
		return fmt.Sprintf("write slashes behind the colon: %s:///%s", u.Scheme, u.Opaque)
	case u.Host != "" && !network:
		return fmt.Sprintf("three slashes come before a path, and %q stands behind two: write %s:///%s%s", u.Host, u.Scheme, u.Host, u.Path)
	case u.Hostname() == "" && u.Scheme == "escpos+tcp":
		return "say where on the network it is, behind two slashes: escpos+tcp://192.168.1.50:9100"
	case u.Fragment != "":
		return `"#" means nothing here`
	}
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Sprintf("its parameters cannot be read: %v", err)
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if len(given[key]) > 1 {
			return fmt.Sprintf("%s is given %d times", key, len(given[key]))
		}
		if device == "lamps" && !slices.Contains(lampWords, key) {
			said := fmt.Sprintf("there is no use for a lamp %q: known here are %s", key, strings.Join(lampWords[:4], ", "))
			if c := strict.Closest(key, lampWords); c != "" {
				said = fmt.Sprintf("there is no use for a lamp %q: write %q", key, c)
			}
			return said
		}
	}
	return ""
}
