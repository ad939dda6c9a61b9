package doctor

import (
	"errors"
	"fmt"
	"net/url"

	"tram06/firmware/health"
	"tram06/hal"
	"tram06/hal/watchdog"
)

// watchdog looks at the watchdog. It is never opened: that would start it, and
// once nobody kicks it any more it restarts the machine.
func (l *look) watchdog(u *url.URL) {
	if u.Scheme != "watchdog" {
		l.add(l.Left(l.part(), "", l.Say("do một chương trình khác mô phỏng; mở ra là nó bắt đầu đếm", "shown by another program; opening it would start it")))
		return
	}
	s, err := watchdog.Look(l.System.Files, u.Path)
	if err != nil {
		gone, text := errors.Is(err, hal.ErrGone), l.reason(err)
		l.step(stepFound, !gone)
		if gone {
			text = l.Say("không thấy: %s", "not there: %s", text)
		}
		l.add(l.Found(l.part(), "", health.WatchdogGone, text))
		return
	}
	l.step(stepFound, true)
	if !s.Told {
		l.add(l.Fine(l.part(), "", l.Say("có; nhân không cho biết thêm", "there; the kernel tells no more")))
		return
	}
	l.step(stepAnswers, true)
	l.details["model"] = s.Identity
	l.details["active"] = fmt.Sprint(s.Active)
	l.details["nowayout"] = fmt.Sprint(s.NoWayOut)
	l.details["bitten"] = fmt.Sprint(s.Bitten)
	l.details["timeout_s"] = fmt.Sprint(int(s.Timeout.Seconds()))
	text := l.Say("có, đang nghỉ", "there, at rest")
	if s.Active {
		text = l.Say("đang canh, thời hạn %s", "counting, within %s", s.Timeout)
	}
	f := l.Fine(l.part(), "", text)
	if s.Bitten {
		f = l.Fine(l.part(), "", text+l.Say("; lần khởi động trước là do nó", "; it caused the last restart")).at(Info)
	}
	l.add(f)
}
