"""A user of AWS's API with an access key and policies, at a server that copies it; prints the key as a `.env`.

With a `.env` of such a key: prints the state of the user's keys instead.
"""

import sys

import boto3

url, ca, *env = sys.argv[1:]
own = dict(line.strip().split("=", 1) for line in open(env[0])) if env else {}
iam = boto3.client(
    "iam",
    region_name="us-east-1",
    endpoint_url=url,
    verify=ca,
    aws_access_key_id=own.get("AWS_ACCESS_KEY_ID", "x"),
    aws_secret_access_key=own.get("AWS_SECRET_ACCESS_KEY", "x"),
)
if env:
    for key in iam.list_access_keys(UserName="ci")["AccessKeyMetadata"]:
        print("state of the access key:", key["Status"])
    sys.exit()
iam.create_user(UserName="ci")
iam.put_user_policy(
    UserName="ci",
    PolicyName="own",
    PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:*", "iam:List*", '
    '"iam:SimulatePrincipalPolicy", "iam:UpdateAccessKey", "iam:CreateAccessKey", "s3:GetObject"], "Resource": "*"}]}',
)
iam.attach_user_policy(UserName="ci", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
key = iam.create_access_key(UserName="ci")["AccessKey"]
print(f"AWS_ACCESS_KEY_ID={key['AccessKeyId']}\nAWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}")
