package sysfs

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"tram06/hal"
)

// Elsewhere gives the openers of sim+backlight and sim+thermometer: the drivers
// of backlight and hwmon+thermometer, over a tree of files that another program
// keeps in a folder, for a kiosk on a desk's simulation:
//
//	sim+backlight:///panel?root=/tmp/tree
//	sim+thermometer:///?root=/tmp/tree
//
// now stamps health; nil is time.Now.
func Elsewhere(now func() time.Time) hal.Registry {
	r := hal.Registry{}
	for scheme, real := range map[string]string{"sim+backlight": "backlight", "sim+thermometer": "hwmon+thermometer"} {
		r[scheme] = func(ctx context.Context, u *url.URL) (hal.Device, error) {
			q := u.Query()
			root := q.Get("root")
			if !filepath.IsAbs(root) {
				return nil, fmt.Errorf("%s URI: say where its tree of files is: root=/tmp/tree", scheme)
			}
			q.Del("root")
			here := *u
			here.RawQuery = q.Encode()
			return Registry(Dir(root), now)[real](ctx, &here)
		}
	}
	return r
}
