package main

import (
	"strconv"
	"time"

	"tram06/firmware/calendar"
	"tram06/firmware/config"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/screen"
	"tram06/ui/stage"
	"tram06/ui/text"
	"tram06/ui/widget"
)

// sides as board.yaml and the pictures name them.
var sides = map[config.Side]widget.Side{config.Left: widget.Left, config.Right: widget.Right, config.Below: widget.Below}

// newView builds the screens of this board at this site.
func newView(board config.Board, site config.Site, services []service.Service, fonts *text.Fonts, cal *calendar.Calendar) stage.View {
	env := screen.Env{
		Fonts: fonts,
		Site: screen.Site{Place: site.Place, Machine: site.Kiosk.Name, Authority: site.Authority,
			Controller: site.Controller, Counter: site.Counter, Phone: site.Phone},
		Board: screen.Board{Reader: sides[board.Placement.Reader], Scanner: sides[board.Placement.Scanner],
			Printer: sides[board.Placement.Printer]},
		Services: services,
		NextOpen: func(t time.Time) (time.Time, error) { return cal.NextOpen(t) },
	}
	return func(s session.State, pressed string) *scene.Scene {
		e := env
		e.Pressed = pressed
		e.Portrait = stage.PictureKey(s.Session) + strconv.Itoa(s.Reads)
		return screen.View(s, e)
	}
}
