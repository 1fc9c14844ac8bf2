//! scratch
use keydredge::model::*; use keydredge::rules::*; use keydredge::scan::*;
use std::time::Instant;
fn files(dir:&std::path::Path,out:&mut Vec<Vec<u8>>){ for e in std::fs::read_dir(dir).unwrap(){let e=e.unwrap();let p=e.path();let t=e.file_type().unwrap();if t.is_dir(){if p.file_name().unwrap()!=".git"{files(&p,out)}}else if t.is_file(){out.push(std::fs::read(&p).unwrap())}}}
fn rule(id:String,kw:Vec<Vec<u8>>,m:Matcher)->Rule{Rule{info:RuleInfo{id,description:"".into(),provider:None,severity:Severity::High,confidence:Confidence::High,generic:false,part:false,path:None,prefix:"".into(),verify:None,revoke:None,references:vec![],tags:vec![]},matcher:m,keywords:kw,entropy:None,check:None,check_must_hold:false,decode:true,examples:vec![],negatives:vec![],origin:Origin{file:"x".into(),line:1}}}
fn main(){
 let mut rules=vec![];
 for l in std::fs::read_to_string("token-formats.tsv").unwrap().lines().skip(1){
   let f:Vec<&str>=l.split('\t').collect();
   let p=f[3].split(|c:char|c==' '||c==',').next().unwrap().to_string();
   if p.len()<4||p.len()>40||!p.bytes().all(|b|b.is_ascii_graphic()){continue}
   let re=format!("{}[A-Za-z0-9_-]{{20,60}}",p.bytes().map(|b|format!("\\x{b:02x}")).collect::<String>());
   let mut r=rule(f[0].into(),vec![p.clone().into_bytes()],Matcher::Pattern{regex:re,group:0,reach:Reach{before:0,after:60}});
   r.decode=p.len()>=4; rules.push(r);
 }
 let n:usize=std::env::var("SYN").ok().map_or(0,|s|s.parse().unwrap());
 let mut x=1u64; for i in 0..n{ let mut p=String::new(); for _ in 0..7{x=x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);p.push((b'a'+((x>>33)%26) as u8) as char);} p.push('_'); let re=format!("{p}[A-Za-z0-9]{{30}}"); rules.push(rule(format!("syn{i}"),vec![p.into_bytes()],Matcher::Pattern{regex:re,group:0,reach:Reach{before:0,after:30}})); }
 if std::env::var("GEN").is_ok(){ for w in ["pass","pwd","secret","token","key","auth","cred","api","private","salt","otp","seed","psk","session","cookie","jwt","sig","hmac","dsn"]{ rules.push(rule(format!("generic-{w}"),vec![w.as_bytes().to_vec()],Matcher::Assignment)); } }
 let cat=Catalogue{rules};
 let t=Instant::now(); let s=Scanner::new(&cat); println!("rules {} new {:?}",cat.rules.len(),t.elapsed());
 let t=Instant::now(); let _s=Scanner::new(&cat); println!("new again {:?}",t.elapsed());
 let mut fs=vec![]; files(std::path::Path::new("trees"),&mut fs);
 let total:usize=fs.iter().map(Vec::len).sum();
 let mut sc=Scratch::default();
 for _ in 0..7{ let t=Instant::now(); let mut n=0; for f in &fs{n+=s.scan(&Piece::whole(f),&mut sc).len();} let e=t.elapsed(); println!("scan {} files {} MB found {n} {:?} {:.2} GB/s",fs.len(),total/1000000,e,total as f64/e.as_secs_f64()/1e9);
  let t=Instant::now(); let mut n=0; for f in &fs{n+=s.sight(f);} let e=t.elapsed(); println!("  prefilter anchors {n} {:?} {:.2} GB/s",e,total as f64/e.as_secs_f64()/1e9); }
}
