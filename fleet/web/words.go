package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/health"
)

// words are all that the pages say themselves. A test checks that each is used
// and complete in both languages.
var words = map[string]health.Words{
	"title":          {VI: "Giám sát kiosk", EN: "Kiosk fleet"},
	"online":         {VI: "Đang chạy", EN: "Online"},
	"late":           {VI: "Chậm tin", EN: "Late"},
	"offline":        {VI: "Mất liên lạc", EN: "Offline"},
	"off":            {VI: "Đã tắt", EN: "Switched off"},
	"never":          {VI: "Chưa từng kết nối", EN: "Never connected"},
	"revoked":        {VI: "Đã thu hồi", EN: "Revoked"},
	"trouble":        {VI: "Cần xem", EN: "Need a look"},
	"none":           {VI: "Chưa có kiosk nào", EN: "No kiosks yet"},
	"none_how":       {VI: "Thêm kiosk trên máy chủ này bằng lệnh:", EN: "Add one on this server with the command:"},
	"stale":          {VI: "Mất liên lạc với máy chủ giám sát. Trang này có thể đã cũ.", EN: "Lost contact with the fleet server. This page may be out of date."},
	"all_well":       {VI: "Mọi thiết bị đều tốt", EN: "All devices are well"},
	"no_devices":     {VI: "Chưa báo thiết bị nào", EN: "No devices reported"},
	"as_of":          {VI: "Tin cuối cùng nhận được", EN: "As last reported"},
	"outbox":         {VI: "Hồ sơ chờ gửi", EN: "Waiting to send"},
	"outbox_none":    {VI: "Không có", EN: "None"},
	"oldest":         {VI: "lâu nhất", EN: "oldest"},
	"last":           {VI: "Phiên gần nhất", EN: "Last session"},
	"last_none":      {VI: "Chưa có", EN: "None yet"},
	"last_span":      {VI: "Phiên đó dài", EN: "It took"},
	"today":          {VI: "Số phiên hôm nay", EN: "Sessions today"},
	"devices":        {VI: "Thiết bị", EN: "Devices"},
	"todo":           {VI: "Việc cần làm", EN: "What to do"},
	"since":          {VI: "đã", EN: "for"},
	"about":          {VI: "Về máy này", EN: "About this machine"},
	"site":           {VI: "Nơi đặt", EN: "Site"},
	"board":          {VI: "Bo mạch", EN: "Board"},
	"version":        {VI: "Phiên bản", EN: "Version"},
	"uptime":         {VI: "Đã chạy", EN: "Up for"},
	"seen":           {VI: "Tin cuối", EN: "Last heard"},
	"interval":       {VI: "Báo tin mỗi", EN: "Reports every"},
	"skew":           {VI: "Đồng hồ", EN: "Clock"},
	"skew_ok":        {VI: "Đúng giờ", EN: "On time"},
	"skew_ahead":     {VI: "nhanh", EN: "ahead by"},
	"skew_behind":    {VI: "chậm", EN: "behind by"},
	"ping":           {VI: "Hỏi thử kiosk", EN: "Ping this kiosk"},
	"ping_ok":        {VI: "Kiosk trả lời sau", EN: "The kiosk answered after"},
	"ping_silent":    {VI: "Kiosk không trả lời", EN: "The kiosk does not answer"},
	"examine":        {VI: "Kiểm tra kiosk (vài giây)", EN: "Examine this kiosk (a few seconds)"},
	"examined":       {VI: "Kết quả kiểm tra", EN: "What it found of itself"},
	"examine_ok":     {VI: "Kiosk tự kiểm tra: mọi thứ đều tốt", EN: "The kiosk examined itself: all is well"},
	"examine_found":  {VI: "Kiosk tự kiểm tra, số việc cần xem:", EN: "The kiosk examined itself; to look at:"},
	"examine_busy":   {VI: "Kiosk đang được kiểm tra", EN: "The kiosk is being examined already"},
	"examine_unable": {VI: "Phần mềm của kiosk này chưa biết tự kiểm tra", EN: "This kiosk's firmware cannot examine itself yet"},
	"back":           {VI: "Tất cả kiosk", EN: "All kiosks"},
	"unknown":        {VI: "Không có kiosk này", EN: "There is no such kiosk"},
	"unknown_say":    {VI: "Mã kiosk không có trong danh sách thiết bị.", EN: "This id is not in the device table."},
	"unexplained":    {VI: "Mã này mới hơn máy chủ giám sát.", EN: "This code is newer than this fleet server."},
	"private":        {VI: "Trang này chỉ biết về máy, không có dữ liệu của người dân.", EN: "This page knows machines only; it holds no citizens' data."},

	"state.ready":    {VI: "Tốt", EN: "Ready"},
	"state.degraded": {VI: "Cần xem", EN: "Needs a look"},
	"state.fault":    {VI: "Hỏng", EN: "Fault"},
	"state.absent":   {VI: "Không thấy", EN: "Absent"},

	"outcome.none":      {VI: "không nộp gì", EN: "nothing submitted"},
	"outcome.kept":      {VI: "cất trên máy", EN: "kept on the machine"},
	"outcome.accepted":  {VI: "cơ quan đã nhận", EN: "accepted"},
	"outcome.rejected":  {VI: "cơ quan không nhận", EN: "refused by the authority"},
	"outcome.cancelled": {VI: "người dân dừng", EN: "cancelled"},
	"outcome.timed-out": {VI: "hết giờ", EN: "timed out"},
	"outcome.declined":  {VI: "không đồng ý", EN: "consent declined"},
}

// language is what the request asks for, Vietnamese unless it prefers English.
func language(r *http.Request) string {
	switch l := r.URL.Query().Get("lang"); l {
	case "vi", "en":
		return l
	}
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base {
		case "vi", "en":
			return base
		}
	}
	return "vi"
}

// units of durations, largest first.
var units = []struct {
	span time.Duration
	vi   string
	one  string
	many string
}{
	{24 * time.Hour, "ngày", "day", "days"},
	{time.Hour, "giờ", "hour", "hours"},
	{time.Minute, "phút", "minute", "minutes"},
	{time.Second, "giây", "second", "seconds"},
}

// span says a duration in its largest unit, as people do.
func span(lang string, d time.Duration) string {
	for _, u := range units {
		if n := int64(d / u.span); n > 0 {
			switch {
			case lang != "en":
				return strconv.FormatInt(n, 10) + " " + u.vi
			case n == 1:
				return "1 " + u.one
			}
			return strconv.FormatInt(n, 10) + " " + u.many
		}
	}
	if lang == "en" {
		return "less than a second"
	}
	return "chưa tới 1 giây"
}

// ago says how long something is past.
func ago(lang string, d time.Duration) string {
	switch {
	case d < 2*time.Second && lang == "en":
		return "just now"
	case d < 2*time.Second:
		return "vừa xong"
	case lang == "en":
		return span(lang, d) + " ago"
	}
	return span(lang, d) + " trước"
}
