package text

import "strings"

// compounds are words of two syllables that a line must not break: Vietnamese
// writes a space inside a word. Longer terms follow from their overlaps.
var compounds = func() map[string]bool {
	m := map[string]bool{}
	for c := range strings.SplitSeq(`an toàn,biên nhận,bản sao,bảo hiểm,bắt buộc,bắt đầu,chân dung,chính thức,chữ ký,chữ số,công an,cán bộ,
cư trú,cơ quan,căn cước,cảm ơn,cẩn thận,câu hỏi,dân tộc,dịch vụ,dự kiến,dữ liệu,giới tính,giữ yên,hiện tại,hồ sơ,hộ tịch,họ tên,
khai sinh,kiểm soát,kiểm tra,kết quả,kết thúc,lúc nào,làm việc,lưu trú,lệ phí,miễn phí,máy in,máy quét,màn hình,mặt sau,mặt trước,
ngày hẹn,nhận chưa,như nhau,nhầm vẫn,nào được,quay lại,quay về,quý vị,quê quán,riêng tư,sang quầy,sáng đèn,số cuối,thao tác,
thành viên,thông tin,thông tư,thường trú,thủ tục,tiếp nhận,tiếp tục,trả lời,trợ giúp,tình trạng,tạm trú,tạm che,tờ khai,tự xóa,
vân tay,xác nhận,yêu cầu,đăng ký,điện thoại,điện tử,định danh,địa chỉ,đồng ý,đầu đọc,ở đâu,cách khác,lại gì,đã nộp,đặt lại,đặt thẻ`, ",") {
		m[strings.TrimSpace(c)] = true
	}
	return m
}()

// glued tells whether b belongs to the word that a begins.
func glued(a, b string) bool {
	if a == "" || b == "" || a[len(a)-1] == ',' || a[len(a)-1] == '.' {
		return false
	}
	a = strings.TrimLeft(a, "“(")
	b = strings.TrimRight(b, "”).,:;?!…")
	return compounds[a+" "+b] || compounds[strings.ToLower(a+" "+b)]
}
