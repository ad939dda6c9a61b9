package world

import (
	"context"
	"reflect"
	"time"

	"tram06/devdock/web"
	"tram06/firmware/health"
	"tram06/fleet/api"
)

// askTime parts two questions to the fleet.
const askTime = 500 * time.Millisecond

// FollowFleet shows what a kiosk tells the fleet of itself, for as long as ctx
// lasts.
func (w *World) FollowFleet(ctx context.Context, c *api.Client, kiosk string) {
	tick := time.NewTicker(askTime)
	defer tick.Stop()
	for {
		k, err := c.Kiosk(ctx, kiosk)
		if err != nil {
			w.setHealth(web.Health{Presence: "unknown: the fleet does not answer", Devices: []web.Device{}})
		} else {
			w.setHealth(told(k))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func told(k api.Kiosk) web.Health {
	h := web.Health{Presence: string(k.Presence), Devices: []web.Device{}}
	if k.Status == nil {
		return h
	}
	for _, d := range k.Status.Devices {
		line := web.Device{Name: d.Name, Label: words(health.DeviceName(d.Name)), State: d.State, Code: d.Code, Since: d.Since.Local().Format("15:04:05")}
		if c, ok := health.Lookup(health.Code(d.Code)); ok {
			line.Title, line.Remedy = words(c.Title), words(c.Remedy)
		}
		h.Devices = append(h.Devices, line)
	}
	h.Waiting, h.Sessions = k.Status.Outbox.Depth, k.Status.SessionsToday
	if s := k.Status.LastSession; s != nil {
		h.Last = s.Outcome
	}
	return h
}

func words(w health.Words) web.Words { return web.Words{VI: w.VI, EN: w.EN} }

func (w *World) setHealth(h web.Health) {
	w.mu.Lock()
	same := reflect.DeepEqual(w.health, h)
	w.health = h
	w.mu.Unlock()
	if !same {
		w.changed()
	}
}
