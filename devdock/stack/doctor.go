package stack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// Doctor gives the command that examines this stack's terminal, with the files
// and the smart-card daemon of its kiosk, ready to be started.
func (s *Stack) Doctor(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"doctor", "--board", "desktop", "--board-overlay", s.path("board.yaml"), "--site", s.path("site.yaml"), "--state", s.path("kiosk")}
	if s.o.Overlay != "" {
		all = append(all, "--board-overlay", s.o.Overlay)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.o.Bin, s.o.Kiosk), append(all, args...)...)
	cmd.Env = append(os.Environ(), s.KioskP.env...)
	return cmd
}
