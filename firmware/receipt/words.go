package receipt

import (
	"strconv"
	"strings"

	"tram06/firmware/calendar"
)

// words are the sentences of one receipt.
type words struct {
	station string
	title   []string // in the black box
	notCT04 []string // below it, and again at the foot
	number  string
	printed string // label of the state
	state   string
	stateVI string // what an officer reads on a receipt in another language
	moment  string
	explain string
	service string
	who     string
	to      string
	fee     string
	feeText string
	gateway string
	due     string
	dueNote string
	next    string
	steps   []string
	code    []string
	help    string
	details string // of the service: code and form
	masked  string
	foot    []string
}

func (d *Data) words() words {
	w := wordsVI(d)
	if d.Lang == "en" {
		w = wordsEN(d, w)
	}
	return w
}

func wordsVI(d *Data) words {
	q := "quầy\u00a0" + d.Counter
	w := words{
		station: d.Station + "\u00a0· máy\u00a0số\u00a0" + strconv.Itoa(d.Machine) + "\u00a0· quầy tự\u00a0phục\u00a0vụ",
		title:   []string{"BIÊN NHẬN CỦA MÁY"},
		notCT04: []string{"không thay phiếu CT04"},
		number:  "Số biên\u00a0nhận",
		printed: "Tình trạng lúc in",
		moment:  calendar.Moment(d.At, "vi"),
		service: "Thủ tục", details: "(mã\u00a0" + d.Code + formVI(d.Form) + ")",
		who: "Người nộp", masked: masked(d),
		to:  "Gửi đến",
		fee: "Lệ phí", feeText: dong(d.Fee, ".") + " đồng",
		gateway: "Số tiếp nhận",
		due:     "Dự kiến có kết quả",
		dueNote: "Ngày hẹn chính\u00a0thức ghi trên phiếu\u00a0CT04 do cơ\u00a0quan cấp.",
		next:    "Việc cần làm tiếp",
		code:    []string{"Mã có chữ ký số của máy.", "Quét để kiểm\u00a0tra biên\u00a0nhận, không cần mạng."},
		foot:    []string{"Biên nhận của máy,", "không thay phiếu CT04"},
		help:    upperFirst(q) + phone(d, "\u00a0· điện thoại "),
	}
	switch d.Outcome {
	case Accepted:
		w.state = "ĐÃ\u00a0GỬI. CƠ\u00a0QUAN ĐÃ\u00a0NHẬN."
		w.steps = []string{"Giữ biên\u00a0nhận này.", "Đến " + q + ", mang thẻ căn\u00a0cước.", "Có thắc\u00a0mắc: đọc số biên\u00a0nhận."}
		if d.InVNeID {
			w.steps[1] = "Xem kết quả trong ứng\u00a0dụng VNeID."
		}
	case Kept:
		w.state = "ĐANG CẤT TRÊN MÁY, CHƯA NỘP"
		w.to = "Nơi nhận" // nothing was sent
		w.explain = "Chưa tính là đã nộp. Máy tự gửi khi có mạng."
		w.moment = "Cất lúc " + w.moment
		w.steps = []string{"Giữ biên\u00a0nhận này.", "Ngày làm\u00a0việc sau, hỏi " + q + " xem đã gửi chưa.", "Cần gấp: đem biên\u00a0nhận sang " + q + "."}
	case Rejected:
		w.state = "CƠ\u00a0QUAN CHƯA NHẬN, CẦN SỬA"
		w.to = "Nơi nhận"
		w.explain = "Hồ sơ chưa được nộp. Bản ghi còn cất trên máy."
		w.steps = []string{"Giữ biên\u00a0nhận này.", "Đến " + q + ", mang thẻ căn\u00a0cước.", "Cán bộ xem lại hồ sơ cùng quý\u00a0vị."}
	}
	return w
}

// wordsEN turns the receipt English, beside the Vietnamese that the counter
// needs: title, state and the words about CT04 stand in both.
func wordsEN(d *Data, vi words) words {
	w := words{
		station: d.Station + "\u00a0· machine\u00a0" + strconv.Itoa(d.Machine) + "\u00a0· self-service",
		title:   append(vi.title, "Machine receipt"),
		notCT04: append(vi.notCT04, "does not replace form CT04"),
		number:  "Receipt number\u00a0· " + vi.number,
		printed: "State when printed",
		stateVI: vi.state,
		moment:  calendar.Moment(d.At, "en"),
		service: "Service", details: "(procedure\u00a0" + d.Code + formEN(d.Form) + ")",
		who: "Applicant", masked: masked(d),
		to:  "Sent to",
		fee: "Charge", feeText: dong(d.Fee, ",") + " đồng",
		gateway: "Reception number\u00a0· " + vi.gateway,
		due:     "Result expected",
		dueNote: "The official date is on the slip CT04 that the authority issues.",
		next:    "What to do next",
		code:    []string{"Signed by this machine.", "Scan to check the receipt, no network needed."},
		foot:    append(vi.foot, "Does not replace form CT04"),
		help:    "Counter\u00a0" + d.Counter + phone(d, "\u00a0· telephone "),
	}
	c := "counter\u00a0" + d.Counter
	switch d.Outcome {
	case Accepted:
		w.state = "SENT. THE AUTHORITY HAS IT."
		w.steps = []string{"Keep this receipt.", "Go to " + c + " with your ID card.", "Questions? Read out the receipt number."}
		if d.InVNeID {
			w.steps[1] = "See the result in the VNeID app."
		}
	case Kept:
		w.state = "KEPT ON THIS MACHINE, NOT SUBMITTED YET"
		w.to = "For"
		w.explain = "It does not count as submitted. The machine sends it when the network is back."
		w.moment = "Kept at " + w.moment
		w.steps = []string{"Keep this receipt.", "On the next working day, ask at " + c + " whether it was sent.", "Urgent? Take this receipt to " + c + "."}
	case Rejected:
		w.state = "NOT TAKEN YET, NEEDS A CORRECTION"
		w.to = "For"
		w.explain = "It was not submitted. The record is still on this machine."
		w.steps = []string{"Keep this receipt.", "Go to " + c + " with your ID card.", "An officer will look at it with you."}
	}
	return w
}

func formVI(f string) string {
	if f == "" {
		return ""
	}
	return ", tờ\u00a0khai\u00a0" + f
}

func formEN(f string) string {
	if f == "" {
		return ""
	}
	return ", form\u00a0" + f
}

// masked keeps the number together: it never breaks over two lines.
func masked(d *Data) string { return strings.ReplaceAll(d.MaskedNumber, " ", "\u00a0") }

func phone(d *Data, label string) string {
	if d.Phone == "" {
		return ""
	}
	return label + strings.ReplaceAll(d.Phone, " ", "\u00a0")
}

// dong writes an amount in groups of three.
func dong(n int, sep string) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

func upperFirst(s string) string {
	for i := range s {
		if i > 0 {
			return strings.ToUpper(s[:i]) + s[i:]
		}
	}
	return strings.ToUpper(s)
}
