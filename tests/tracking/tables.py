"""Writes and reads the two tables with boto3, at the address and under the names that it is given: what it finds wrong
it ends with."""

import sys

import boto3
from boto3.dynamodb.conditions import Key

url, tracking, limits = sys.argv[1:]
credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
dynamodb = boto3.resource("dynamodb", endpoint_url=url, **credentials)

table = dynamodb.Table(tracking)
for recipient in (2, 0, 1):
    table.put_item(
        Item={
            "message_id": f"message-{recipient}",
            "campaign_id": "spring",
            "recipient": recipient,
            "status": "sent",
            "expires_at": 1_900_000_000,
        }
    )
table.put_item(Item={"message_id": "another", "campaign_id": "autumn", "recipient": 0})
found = table.query(IndexName="by-campaign", KeyConditionExpression=Key("campaign_id").eq("spring"))
assert [int(item["recipient"]) for item in found["Items"]] == [0, 1, 2], found
assert found["Items"][0]["status"] == "sent", "the index shows all of an item"
assert table.get_item(Key={"message_id": "another"})["Item"]["campaign_id"] == "autumn"
assert table.billing_mode_summary["BillingMode"] == "PAY_PER_REQUEST", table.billing_mode_summary

expiry = table.meta.client.describe_time_to_live(TableName=tracking)["TimeToLiveDescription"]
assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}, expiry

quotas = dynamodb.Table(limits)
quotas.put_item(Item={"channel": "sms", "max_per_second": 20})
assert quotas.get_item(Key={"channel": "sms"})["Item"]["max_per_second"] == 20
