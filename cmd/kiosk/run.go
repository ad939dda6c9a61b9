package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/calendar"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/ui/icon"
	"tram06/ui/raylib"
	"tram06/ui/scene"
	"tram06/ui/stage"
	"tram06/ui/text"
)

type runFlags struct {
	files
	state string
	panel string
	log   string
	debug bool
	hold  time.Duration
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve citizens until SIGTERM",
		Example: `  kiosk run --board rpi4 --site /etc/tram06/site.yaml --state /var/lib/tram06
  kiosk run --board desktop --board-overlay ./my-reader.yaml --site ./site.yaml --state ./state`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			started := time.Now()
			if f.state == "" {
				return usageError{errors.New("say where the kiosk keeps its dossiers: --state DIR")}
			}
			opt := &slog.HandlerOptions{Level: slog.LevelInfo}
			if f.debug {
				opt.Level = slog.LevelDebug
			}
			var log *slog.Logger
			switch f.log {
			case "text":
				log = slog.New(slog.NewTextHandler(c.ErrOrStderr(), opt))
			case "json":
				log = slog.New(slog.NewJSONHandler(c.ErrOrStderr(), opt))
			default:
				return usageError{fmt.Errorf("--log %q: want text or json", f.log)}
			}
			return serve(c.Context(), f, log, started)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.state, "state", "", "folder for what must not be lost; made if it is not there")
	cmd.Flags().StringVar(&f.panel, "panel", "", "socket of the remote panel; only in builds for development")
	cmd.Flags().StringVar(&f.log, "log", "text", "form of the log: text or json")
	cmd.Flags().BoolVar(&f.debug, "debug", false, "log more; never personal data")
	cmd.Flags().DurationVar(&f.hold, "hold", time.Minute, "how long a kiosk that cannot serve says so on its screen before it ends")
	return cmd
}

// serve joins all parts. The screen comes first: a citizen, or a technician
// behind a broken network, must see something at once.
func serve(ctx context.Context, f runFlags, log *slog.Logger, started time.Time) error {
	board, site, err := f.load()
	if err != nil {
		return err
	}
	fonts, err := text.New()
	if err != nil {
		return err
	}
	screen, err := raylib.Open(raylib.Options{
		Width: int(board.Display.Width), Height: int(board.Display.Height), Rotate: int(board.Display.Rotate),
		Title: site.Kiosk.Name, Glyph: fonts.Glyph, Icon: icon.Mask,
	})
	if err != nil {
		return coded{health.ScreenDown, err}
	}
	defer screen.Close()

	services, errServices := offered(site, log)
	cal, err := calendar.Load(calendar.Builtin())
	if err != nil {
		return err
	}
	machine := newMachine(site, services, cal)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	remote, err := openPanel(f.panel, screen)
	if err != nil {
		return err
	}
	defer remote.Close()
	t := &terminal{board: board, touches: remote.Touches(), keys: remote.Keys()}
	drawn := 0
	st := stage.New(stage.Options{
		Backend: closing{screen, cancel},
		View:    newView(board, site, services, fonts, cal),
		Drawn: func(sc *scene.Scene) error {
			if drawn++; drawn == 1 {
				log.Info("first frame", "ms", time.Since(started).Milliseconds(), "variant", raylib.Variant, "version", version)
			}
			return remote.Show(sc)
		},
		Say: remote.Say, Volume: t.volume, StartVolume: startVolume(board.Devices.Sound),
	})
	// Draw before the store is opened and checked, which takes longer.
	if err := st.Show(machine.Initial(time.Now())); err != nil {
		return err
	}

	opt := kiosk.Options{
		Machine: machine, Display: st, ReadCard: readCard(log, newAuthorities(site.Card.Trust, log)), Parse: parseScan,
		Registry: devices(board),
		Reader:   string(board.Devices.Reader), Scanner: string(board.Devices.Scanner),
		Printer: string(board.Devices.Printer), Touch: string(board.Devices.Touch), Keypad: string(board.Devices.Keypad),
		Log: log,
	}
	if errServices != nil {
		return t.outOfService(ctx, opt, f.hold, errServices)
	}
	b, err := openBackOffice(ctx, site, board, f.state, log)
	if err != nil {
		return t.outOfService(ctx, opt, f.hold, err)
	}
	defer b.Close()
	compose, err := newCompose(site, services, b.identity)
	if err != nil {
		return err
	}
	opt.Store, opt.Observe, opt.Compose = b, b, compose
	return t.play(ctx, opt, b.Device,
		func(ctx context.Context, k *kiosk.Kiosk) { b.deliver(ctx, func(ev session.Event) { k.Post(ctx, ev) }) },
		func(ctx context.Context, _ *kiosk.Kiosk) { b.report(ctx) })
}

// closing ends the program when the person at the desk closes the window.
type closing struct {
	*raylib.Screen
	cancel context.CancelFunc
}

func (c closing) Poll() []hal.Touch {
	if c.Closed() {
		c.cancel()
		return nil
	}
	return c.Screen.Poll()
}
